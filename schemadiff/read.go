package schemadiff

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// Read reads a schema from a file in GraphQL's language, or from the files *.graphql, *.graphqls and *.gql of a folder. What lies
// in the folder's own folders is not read. Errors name the file and the line.
func Read(path string) (*ast.Schema, error) {
	files, err := schemaFiles(path)
	if err != nil {
		return nil, fmt.Errorf("read a schema: %w", err)
	}
	doc := validator.PreludeDocument()
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // the operator names it
		if err != nil {
			return nil, fmt.Errorf("read a schema: %w", err)
		}
		read, err := parser.ParseSchema(&ast.Source{Name: file, Input: string(text)})
		if err != nil {
			return nil, fmt.Errorf("read a schema: %w", err)
		}
		doc.Merge(own(doc, read))
	}
	schema, err := validator.ValidateSchemaDocument(doc)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read a schema: %w", err)
	case schema.Query == nil:
		return nil, fmt.Errorf("read a schema: %s: it has no Query", path)
	default:
		return schema, nil
	}
}

// own is a document without what the language itself declares: some tools write that too.
func own(known, read *ast.SchemaDocument) *ast.SchemaDocument {
	read.Definitions = slices.DeleteFunc(read.Definitions, func(d *ast.Definition) bool {
		found := known.Definitions.ForName(d.Name)
		return found != nil && found.BuiltIn
	})
	read.Directives = slices.DeleteFunc(read.Directives, func(d *ast.DirectiveDefinition) bool {
		found := known.Directives.ForName(d.Name)
		return found != nil && declared(found)
	})
	return read
}

// schemaFiles are a file itself, or those of a folder.
func schemaFiles(path string) ([]string, error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !about.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		switch filepath.Ext(entry.Name()) {
		case ".graphql", ".graphqls", ".gql":
			files = append(files, filepath.Join(path, entry.Name()))
		}
	}
	if len(files) == 0 {
		return nil, errors.New(path + ": there is no file *.graphql in it")
	}
	return files, nil
}
