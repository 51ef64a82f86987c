package config

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// comments are the doc comments of types ("Server") and of their fields ("Server.Listen"), by import path. They are read from
// the source, because a running program has none.
type comments map[string]map[string]string

// field is what a struct's field says of itself, or else what its type says. The Go name that a comment begins with becomes
// the name in the file.
func (c comments) field(t testing.TB, owner reflect.Type, field reflect.StructField, name string) string {
	t.Helper()
	if text := c.in(t, owner.PkgPath())[owner.Name()+"."+field.Name]; text != "" {
		return begin(text, field.Name, name)
	}
	return begin(c.in(t, field.Type.PkgPath())[field.Type.Name()], field.Type.Name(), name)
}

func begin(text, goName, name string) string {
	first, rest, _ := strings.Cut(text, " ")
	if strings.TrimSuffix(first, ",") != goName {
		return text
	}
	return name + strings.TrimPrefix(first, goName) + " " + rest
}

// in reads a package of this module the first time that it is asked for.
func (c comments) in(t testing.TB, pkg string) map[string]string {
	t.Helper()
	if all, ok := c[pkg]; ok {
		return all
	}
	module := path.Dir(reflect.TypeFor[Config]().PkgPath())
	folder, ours := strings.CutPrefix(pkg, module+"/")
	if !ours {
		return nil
	}
	files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(folder), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	c[pkg] = make(map[string]string)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		readComments(file, c[pkg])
	}
	return c[pkg]
}

func readComments(file *ast.File, into map[string]string) {
	for _, declaration := range file.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.TYPE {
			continue
		}
		for _, each := range group.Specs {
			spec, ok := each.(*ast.TypeSpec)
			if !ok {
				continue
			}
			into[spec.Name.Name] = oneParagraph(spec.Doc, group.Doc)
			structure, ok := spec.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, field := range structure.Fields.List {
				for _, name := range field.Names {
					into[spec.Name.Name+"."+name.Name] = oneParagraph(field.Doc, field.Comment)
				}
			}
		}
	}
}

// oneParagraph is the first of two comments that has text, in one line.
func oneParagraph(first, second *ast.CommentGroup) string {
	text := first.Text()
	if text == "" {
		text = second.Text()
	}
	return strings.Join(strings.Fields(text), " ")
}
