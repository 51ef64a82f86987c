// Package variables answers whether JSON fits the variables of a GraphQL operation, and which values it gives them.
package variables

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/problem"
)

// Variable is one that is read.
type Variable struct {
	// Name is its name, and that of the member that gives it its value.
	Name string
	// Type is its type.
	Type *ast.Type
	// Required is true where JSON without it is refused.
	Required bool
}

// Read reads an object with a member for each variable. What the schema's types do not know is refused, so nothing slips through,
// and duplicate members are, since readers differ in which they take. Variables that are left out are not among the values.
//
// The error is a problem of kind BadInput that names the place and quotes no value. what is the name of the whole: the body, say.
func Read(schema *ast.Schema, variables []Variable, text []byte, what string) (map[string]any, error) {
	b := &body{schema: schema, dec: jsontext.NewDecoder(bytes.NewBuffer(text)), what: what}
	return b.variables(variables)
}

// body reads JSON by the types of a schema.
type body struct {
	schema *ast.Schema
	dec    *jsontext.Decoder
	what   string // it is called
}

// variables reads the whole: an object with a member for each variable.
func (b *body) variables(variables []Variable) (map[string]any, error) {
	if kind := b.dec.PeekKind(); kind != '{' {
		if err := b.dec.SkipValue(); err != nil {
			return nil, b.malformed(err)
		}
		return nil, problem.New(problem.BadInput, b.what+" must be a JSON object")
	}
	find := func(name string) *ast.Type {
		for i := range variables {
			if variables[i].Name == name {
				return variables[i].Type
			}
		}
		return nil
	}
	values, err := b.members(find)
	if err != nil {
		return nil, err
	}
	for i := range variables {
		if _, given := values[variables[i].Name]; !given && variables[i].Required {
			return nil, b.wrong("/"+jsontext.Pointer(variables[i].Name), "is needed")
		}
	}
	if _, err := b.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, problem.New(problem.BadInput, b.what+" has more behind its JSON object")
	}
	return values, nil
}

// members reads an object whose members are of the types that find tells; nil is a member that there is not.
func (b *body) members(find func(name string) *ast.Type) (map[string]any, error) {
	if _, err := b.dec.ReadToken(); err != nil {
		return nil, b.malformed(err)
	}
	values := make(map[string]any)
	for b.dec.PeekKind() != '}' {
		token, err := b.dec.ReadToken()
		if err != nil {
			return nil, b.malformed(err)
		}
		name := token.String()
		kind := find(name)
		if kind == nil {
			return nil, b.unknown(name)
		}
		if values[name], err = b.value(kind); err != nil {
			return nil, err
		}
	}
	if _, err := b.dec.ReadToken(); err != nil {
		return nil, b.malformed(err)
	}
	return values, nil
}

// value reads a value of a type.
func (b *body) value(kind *ast.Type) (any, error) {
	next := b.dec.PeekKind()
	definition := b.schema.Types[kind.Name()]
	switch {
	case next == 'n' && !kind.NonNull:
		return nil, b.skip()
	case next == 'n':
		return nil, b.refuse("must not be null")
	case kind.Elem != nil && next == '[':
		return b.list(kind.Elem)
	case kind.Elem != nil:
		return nil, b.refuse("must be a list")
	case definition.Kind == ast.InputObject && next == '{':
		return b.object(definition)
	case definition.Kind == ast.InputObject:
		return nil, b.refuse("must be an object")
	default:
		return b.leaf(definition)
	}
}

func (b *body) list(element *ast.Type) (any, error) {
	if _, err := b.dec.ReadToken(); err != nil {
		return nil, b.malformed(err)
	}
	values := []any{}
	for b.dec.PeekKind() != ']' {
		value, err := b.value(element)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	if _, err := b.dec.ReadToken(); err != nil {
		return nil, b.malformed(err)
	}
	return values, nil
}

func (b *body) object(definition *ast.Definition) (any, error) {
	values, err := b.members(func(name string) *ast.Type {
		if field := definition.Fields.ForName(name); field != nil {
			return field.Type
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, field := range definition.Fields {
		if _, given := values[field.Name]; !given && field.Type.NonNull && field.DefaultValue == nil {
			return nil, b.wrong(b.dec.StackPointer().AppendToken(field.Name), "is needed")
		}
	}
	return values, nil
}

func (b *body) leaf(definition *ast.Definition) (any, error) {
	raw, err := b.dec.ReadValue()
	if err != nil {
		return nil, b.malformed(err)
	}
	value, ok := fromJSON(definition, raw)
	if !ok {
		return nil, b.wrong(b.dec.StackPointer(), "must be "+Wanted(definition))
	}
	return value, nil
}

// refuse is what is wrong with the next value, unless it is no value at all.
func (b *body) refuse(complaint string) error {
	if err := b.skip(); err != nil {
		return err
	}
	return b.wrong(b.dec.StackPointer(), complaint)
}

func (b *body) skip() error {
	if err := b.dec.SkipValue(); err != nil {
		return b.malformed(err)
	}
	return nil
}

// unknown names a member that was just read. What stands above it the schema knows.
func (b *body) unknown(name string) error {
	if above := b.dec.StackPointer().Parent(); above != "" {
		return b.wrong(above, fmt.Sprintf("has no member %.40q", name))
	}
	return problem.New(problem.BadInput, fmt.Sprintf("%s has no member %.40q", b.what, name))
}

// maxPointer bounds what a message shows of a place. A schema whose inputs hold each other has places of any length.
const maxPointer = 200

func (b *body) wrong(at jsontext.Pointer, complaint string) error {
	where := string(at)
	if len(where) > maxPointer {
		where = where[:maxPointer] + "…" // its names are the schema's, in ASCII
	}
	return problem.New(problem.BadInput, fmt.Sprintf("%s in %s %s", where, b.what, complaint))
}

func (b *body) malformed(err error) error {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return problem.Wrap(problem.BadInput, err, b.what+" has two members of one name in an object")
	}
	return problem.Wrap(problem.BadInput, err, b.what+" is not valid JSON")
}
