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
	permit      Permit
	inert       map[string]bool
	accessors   accessors
}

// Permit tells whether a field may be written: of every record, of those for which the condition holds, or, where always is false
// and there is no condition, of none. What may not be written is left to gqlgen, and to whatever stands around its fields.
type Permit func(ctx context.Context, field *ast.FieldDefinition) (always bool, holds func(record reflect.Value) bool)

// New returns the projector of a schema. hasResolver tells whether people wrote a resolver for a field; permit obeys the
// directives named in obeyed. A field with any other is left to gqlgen.
func New(schema *ast.Schema, hasResolver func(object, field string) bool, permit Permit, obeyed []string) *Projector {
	inert := map[string]bool{"from": true, "deprecated": true}
	for _, name := range obeyed {
		inert[name] = true
	}
	return &Projector{schema: schema, hasResolver: hasResolver, permit: permit, inert: inert}
}

type contextKey struct{}

// Begin gives an operation its memory.
func (p *Projector) Begin(ctx context.Context) context.Context {
	return context.WithValue(ctx, contextKey{}, &selections{known: make(map[selection]*object)})
}

// Project returns what writes a field's value, if all that is selected below it can be written; else it returns the value as it
// is. The writing happens when gqlgen writes the answer: fields run on many small stacks, which would have to grow for it.
func (p *Projector) Project(ctx context.Context, value any) any {
	field := graphql.GetFieldContext(ctx).Field
	if value == nil || len(field.Selections) == 0 {
		return value
	}
	v := reflect.ValueOf(value)
	element, ok := elementType(v)
	if !ok || hasNull(v) {
		return value // what a null means is gqlgen's to say
	}
	if o := p.objectFor(ctx, field, element); o != nil && fitsAll(o, v) {
		return &projected{ctx: ctx, object: o, value: v, nullable: !field.Definition.Type.NonNull}
	}
	return value
}

// hasNull reports whether a pointer is nil, or a list or one of its elements.
func hasNull(v reflect.Value) bool {
	if v.IsNil() {
		return true
	}
	if v.Kind() != reflect.Slice {
		return false
	}
	for i := range v.Len() {
		if v.Index(i).IsNil() {
			return true
		}
	}
	return false
}

// fitsAll reports whether all structs of a value can be written.
func fitsAll(o *object, v reflect.Value) bool {
	if len(o.conditions) == 0 {
		return true
	}
	if v.Kind() != reflect.Slice {
		return o.fits(v.Elem())
	}
	for i := range v.Len() {
		if !o.fits(v.Index(i).Elem()) {
			return false
		}
	}
	return true
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
		c := compiler{Projector: p, ctx: ctx, operation: graphql.GetOperationContext(ctx)}
		o, _ = c.object(field.Selections, field.Definition.Type.Name(), from)
		remembered.known[key] = o
	}
	return o
}

// projected is a part of an answer that is to be written.
type projected struct {
	ctx      context.Context //nolint:containedctx // the field's own, for an error that turns up when it is written
	object   *object
	value    reflect.Value
	nullable bool
}

// MarshalGQL writes it. A panic is the field's own, as it would be in a resolver, unless the field has to have a value.
func (p *projected) MarshalGQL(w io.Writer) {
	out, ok := w.(*bytes.Buffer) // which gqlgen writes answers to
	if !ok {
		out = new(bytes.Buffer)
		defer func() { _, _ = out.WriteTo(w) }() // whoever reads may have gone
	}
	start := out.Len()
	if p.nullable {
		defer func() {
			if r := recover(); r != nil {
				graphql.AddError(p.ctx, graphql.Recover(p.ctx, r))
				out.Truncate(start)
				out.WriteString("null")
			}
		}()
	}
	p.render(out)
}

func (p *projected) render(out *bytes.Buffer) {
	if p.value.Kind() == reflect.Pointer {
		p.object.write(out, p.value.Elem())
		return
	}
	out.WriteByte('[')
	for i := range p.value.Len() {
		if i > 0 {
			out.WriteByte(',')
		}
		p.object.write(out, p.value.Index(i).Elem())
	}
	out.WriteByte(']')
}
