package projection

import (
	"bytes"
	"context"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// object writes the selected fields of a struct.
type object struct {
	fields     []member
	conditions []func(of reflect.Value) bool // all must hold for a struct, or it is left to gqlgen
}

// member writes one field: its name in the answer, and what it shows.
type member struct {
	key   []byte // "name":
	write writer
}

// writer writes what it finds in a struct, which is addressable.
type writer func(out *bytes.Buffer, of reflect.Value)

// fits reports whether a struct can be written.
func (o *object) fits(of reflect.Value) bool {
	for _, holds := range o.conditions {
		if !holds(of) {
			return false
		}
	}
	return true
}

func (o *object) write(out *bytes.Buffer, of reflect.Value) {
	out.WriteByte('{')
	for i := range o.fields {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(o.fields[i].key)
		o.fields[i].write(out, of)
	}
	out.WriteByte('}')
}

// compiler makes objects of one operation's selections.
type compiler struct {
	*Projector
	ctx       context.Context //nolint:containedctx // a compiler lives no longer than the call that it serves
	operation *graphql.OperationContext
}

// object compiles a selection from a struct. It fails where anything selected is not just shown.
func (c compiler) object(selected ast.SelectionSet, name string, from reflect.Type) (*object, bool) {
	if definition := c.schema.Types[name]; definition == nil || definition.Kind != ast.Object {
		return nil, false
	}
	o := new(object)
	for _, field := range graphql.CollectFields(c.operation, selected, []string{name}) {
		always, holds := c.permitted(field)
		if !always && holds == nil {
			return nil, false
		}
		if !always {
			o.conditions = append(o.conditions, holds)
		}
		write, ok := c.field(field, name, from)
		if !ok {
			return nil, false
		}
		var key bytes.Buffer
		graphql.MarshalString(field.Alias).MarshalGQL(&key)
		key.WriteByte(':')
		o.fields = append(o.fields, member{key: key.Bytes(), write: write})
	}
	return o, true
}

func (c compiler) field(field graphql.CollectedField, object string, from reflect.Type) (writer, bool) {
	if field.Name == "__typename" {
		return func(out *bytes.Buffer, _ reflect.Value) { graphql.MarshalString(object).MarshalGQL(out) }, true
	}
	definition := field.Definition
	if len(definition.Arguments) > 0 || c.hasResolver(object, field.Name) {
		return nil, false
	}
	way, ok := c.accessors.of(from, field.Name)
	if !ok {
		return nil, false
	}
	if len(field.Selections) > 0 {
		return c.nested(field, way)
	}
	show, ok := c.scalar(definition.Type, way.found)
	if !ok {
		return nil, false
	}
	return func(out *bytes.Buffer, of reflect.Value) { show(out, way.get(of)) }, true
}

// permitted tells whether a field may be written at all.
func (c compiler) permitted(field graphql.CollectedField) (always bool, holds func(of reflect.Value) bool) {
	if field.Name == "__typename" {
		return true, nil
	}
	for _, directive := range field.Definition.Directives {
		if !c.inert[directive.Name] {
			return false, nil // it may decide what is shown
		}
	}
	return c.permit(c.ctx, field.Definition)
}

// nested writes an object within an object.
func (c compiler) nested(field graphql.CollectedField, way accessor) (writer, bool) {
	if field.Definition.Type.NonNull || field.Definition.Type.Elem != nil {
		return nil, false // a null would have to go further up, and lists are rare in there
	}
	if way.found.Kind() != reflect.Pointer || way.found.Elem().Kind() != reflect.Struct {
		return nil, false
	}
	below, ok := c.object(field.Selections, field.Definition.Type.Name(), way.found.Elem())
	if !ok || len(below.conditions) > 0 {
		return nil, false
	}
	return func(out *bytes.Buffer, of reflect.Value) {
		value := way.get(of)
		if value.IsNil() {
			out.WriteString("null")
			return
		}
		below.write(out, value.Elem())
	}, true
}
