package composed

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/concierge-gateway/concierge/document"
)

// Load reads every file *.graphql, in folders too. Fragments hold for the file that they stand in. The schema is the one that is
// served, and the limits those of its documents: what they would refuse is a mistake here. The error is Mistakes where files
// could be read, all of all files; the operations are then those without any.
func Load(files fs.FS, schema *ast.Schema, limits document.Limits) ([]*Operation, error) {
	extended, err := withDirective(schema)
	if err != nil {
		return nil, err
	}
	l := &loader{
		schema:    schema,
		extended:  extended,
		limits:    limits,
		names:     make(map[string]string),
		endpoints: make(map[string]string),
	}
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".graphql" {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err == nil {
			l.file(name, string(text))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read operations: %w", err)
	}
	return l.operations, l.mistakes.err()
}

// loader goes from file to file.
type loader struct {
	schema, extended *ast.Schema
	limits           document.Limits
	operations       []*Operation
	mistakes         Mistakes
	names            map[string]string // where each name stands
	endpoints        map[string]string // where each method and path stands
}

func (l *loader) file(name, text string) {
	doc, err := parser.ParseQuery(&ast.Source{Name: name, Input: text})
	if err != nil {
		l.refused(name, err)
		return
	}
	if len(doc.Operations) == 0 {
		l.fail(name, 1, "there is no operation in it")
	}
	valid := true
	for _, wrong := range validator.ValidateWithRules(l.extended, doc, document.Rules()) {
		l.refused(name, wrong)
		valid = false
	}
	for _, operation := range doc.Operations {
		l.operation(&reading{loader: l, file: name, doc: doc, definition: operation, valid: valid})
	}
}

// operation keeps one that has no mistake.
func (l *loader) operation(r *reading) {
	before := len(l.mistakes)
	operation := r.read()
	if operation != nil {
		l.unique(r, operation)
	}
	if r.valid && len(l.mistakes) == before {
		l.operations = append(l.operations, operation)
	}
}

// unique reports what stands twice. Patterns that only overlap are for the table of routes to tell apart.
func (l *loader) unique(r *reading, o *Operation) {
	if at, taken := l.names[o.Name]; taken {
		r.failf(r.definition.Position, "its name stands at %s too", at)
	} else {
		l.names[o.Name] = o.Place
	}
	if o.Path == "" {
		return // which was reported
	}
	endpoint := o.Method + " " + blank(o.Path)
	if at, taken := l.endpoints[endpoint]; taken {
		r.failf(r.definition.Position, "its method and path lead to the operation at %s too", at)
	} else {
		l.endpoints[endpoint] = o.Place
	}
}

// refused notes what gqlparser says of a file.
func (l *loader) refused(name string, err error) {
	line := 1
	message := err.Error()
	if located, ok := errors.AsType[*gqlerror.Error](err); ok {
		message = located.Message
		if len(located.Locations) > 0 {
			line = located.Locations[0].Line
		}
	}
	l.fail(name, line, message)
}

func (l *loader) fail(file string, line int, message string) {
	l.mistakes = append(l.mistakes, Mistake{File: file, Line: line, Message: message})
}
