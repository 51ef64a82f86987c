// Package projection answers which parts of an answer can be written straight from a record.
//
// gqlgen runs every field by itself, with a context and some closures each. An object whose selected fields only show members of
// its record needs none of that. Such objects are most of an answer, so they are written in one go.
//
// What is written here is what gqlgen would have written: the scalars' own marshalers write the values, and whatever could make a
// difference (a resolver, an argument, a directive, an error, a null that is not allowed) is left to gqlgen.
package projection

import (
	"bytes"
	"context"
	"io"
	"reflect"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Projector writes objects in one go where that is the same.
type Projector struct {
	schema      *ast.Schema
	hasResolver func(object, field string) bool
	accessors   accessors
}

// New returns the projector of a schema. hasResolver tells whether people wrote a resolver for a field.
func New(schema *ast.Schema, hasResolver func(object, field string) bool) *Projector {
	return &Projector{schema: schema, hasResolver: hasResolver}
}

type contextKey struct{}

// Begin gives an operation its memory.
func (p *Projector) Begin(ctx context.Context) context.Context {
	return context.WithValue(ctx, contextKey{}, &selections{known: make(map[selection]*object)})
}

// Project writes what a field returned, if all that is selected below it can be written; else it returns the value as it is. It
// writes at once and not when gqlgen writes the answer: here a panic is the field's own.
func (p *Projector) Project(ctx context.Context, value any) any {
	field := graphql.GetFieldContext(ctx).Field
	if value == nil || len(field.Selections) == 0 {
		return value
	}
	v := reflect.ValueOf(value)
	element, ok := elementType(v)
	if !ok {
		return value
	}
	if written := p.objectFor(ctx, field, element); written != nil {
		if text, ok := written.render(v); ok {
			return text
		}
	}
	return value
}

// elementType is the struct that a value points to, or that the elements of a list do. Nothing else is projected.
func elementType(v reflect.Value) (reflect.Type, bool) {
	t := v.Type()
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		return nil, false
	}
	return t.Elem(), true
}

// selections remembers, for one operation, how the objects of each selection are written. nil is remembered too: left to gqlgen.
type selections struct {
	mu    sync.Mutex
	known map[selection]*object
}

// selection is the identity of a selection set, where its elements stand, and of the struct it selects from.
type selection struct {
	first *ast.Selection
	len   int
	from  reflect.Type
}

func (p *Projector) objectFor(ctx context.Context, field graphql.CollectedField, from reflect.Type) *object {
	remembered, _ := ctx.Value(contextKey{}).(*selections)
	if remembered == nil {
		return nil
	}
	key := selection{&field.Selections[0], len(field.Selections), from}
	remembered.mu.Lock()
	defer remembered.mu.Unlock()
	o, ok := remembered.known[key]
	if !ok {
		c := compiler{Projector: p, operation: graphql.GetOperationContext(ctx)}
		o, _ = c.object(field.Selections, field.Definition.Type.Name(), from)
		remembered.known[key] = o
	}
	return o
}

// rendered is a part of an answer as it goes out.
type rendered []byte

// MarshalGQL writes it.
func (r rendered) MarshalGQL(w io.Writer) { _, _ = w.Write(r) } // the writer is a buffer

// render writes a struct, or a list of them. It gives up where there is no struct: what a null means there is gqlgen's to say.
func (o *object) render(v reflect.Value) (rendered, bool) {
	var buf bytes.Buffer
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, false
		}
		o.write(&buf, v.Elem())
		return buf.Bytes(), true
	}
	if v.IsNil() {
		return nil, false
	}
	buf.WriteByte('[')
	for i := range v.Len() {
		if v.Index(i).IsNil() {
			return nil, false
		}
		if i > 0 {
			buf.WriteByte(',')
		}
		o.write(&buf, v.Index(i).Elem())
	}
	buf.WriteByte(']')
	return buf.Bytes(), true
}
