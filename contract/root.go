package contract

import (
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/wire"
)

// root is a kind of record: the Go type that reads it and the schema that describes it.
type root struct {
	as     reflect.Type
	schema openapi.Schema
	text   []byte // a typical record
}

// newRoot leaves members out of the typical record that cannot be read, so that one of them does not hide what is wrong with
// others.
func newRoot(as reflect.Type, schema openapi.Schema) root {
	t := root{as: as, schema: schema}
	whole, ok := typical(schema, as).(map[string]any)
	if !ok {
		whole = make(map[string]any)
	}
	for name, value := range whole {
		if _, err := t.decode(t.only(nil, name, value)); err != nil {
			delete(whole, name)
		}
	}
	t.text, _ = json.Marshal(whole) // it was JSON before
	return t
}

func (t root) shape() openapi.Shape {
	for _, shape := range t.schema.Shapes {
		if shape.Type == "object" {
			return shape
		}
	}
	return t.schema.Shapes[0]
}

// decode reads a record as the clients do.
func (t root) decode(from any) (reflect.Value, error) {
	text, err := json.Marshal(from)
	if err != nil {
		return reflect.Value{}, err
	}
	read := reflect.New(t.as)
	return read, record.DecodeInto(text, read.Interface())
}

// typical is a record with all members, the caller's to change.
func (t root) typical() map[string]any {
	var whole map[string]any
	_ = json.Unmarshal(t.text, &whole) // it was written by newRoot
	return whole
}

// only is a record that has one member and what leads to it.
func (t root) only(at path, member string, value any) any {
	value = map[string]any{member: value}
	for _, s := range slices.Backward(at) {
		if s.list {
			value = []any{value}
		}
		value = map[string]any{s.member: value}
	}
	return value
}

// with is a typical record but for one member.
func (t root) with(at path, member string, value any) any {
	whole := t.typical()
	if object, ok := at.of(whole); ok {
		object[member] = value
	}
	return whole
}

// without is a typical record that lacks one member.
func (t root) without(at path, member string) any {
	whole := t.typical()
	if object, ok := at.of(whole); ok {
		delete(object, member)
	}
	return whole
}

// shows is what a field shows of a record, or of the part of it that is at the end of a path.
func (t root) shows(at path, field *wire.Field, of any) (value reflect.Value, ok bool) {
	read, err := t.decode(of)
	if err != nil {
		return value, false
	}
	object, ok := at.in(read)
	if !ok {
		return value, false
	}
	return field.Value(object)
}

// path is the way from a record to a part of it.
type path []step

// step goes down to a member, or to the first element of the list that it holds.
type step struct {
	member string
	list   bool
}

// of goes the way in a record that was made up.
func (p path) of(whole any) (map[string]any, bool) {
	for _, s := range p {
		object, ok := whole.(map[string]any)
		if !ok {
			return nil, false
		}
		whole = object[s.member]
		if items, isList := whole.([]any); s.list {
			if !isList || len(items) == 0 {
				return nil, false
			}
			whole = items[0]
		}
	}
	object, ok := whole.(map[string]any)
	return object, ok
}

// in goes the way in a record that was read, and returns a pointer to what is there.
func (p path) in(read reflect.Value) (reflect.Value, bool) {
	for _, s := range p {
		_, below, ok := fieldOf(read, s.member)
		if !ok {
			return reflect.Value{}, false
		}
		if s.list {
			if below.Kind() != reflect.Slice || below.Len() == 0 {
				return reflect.Value{}, false
			}
			below = below.Index(0)
		}
		if below.Kind() != reflect.Pointer {
			below = below.Addr()
		}
		if below.IsNil() {
			return reflect.Value{}, false
		}
		read = below
	}
	return read, true
}

// fieldOf is the Go field that a member is read into.
func fieldOf(object reflect.Value, member string) (name string, value reflect.Value, ok bool) {
	for _, field := range tagged(object.Type().Elem()) {
		if nameOf(field) == member {
			return field.Name, object.Elem().FieldByIndex(field.Index), true
		}
	}
	return "", reflect.Value{}, false
}

// tagged are the fields of a Go type that are read from JSON.
func tagged(t reflect.Type) []reflect.StructField {
	var fields []reflect.StructField
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	for _, field := range reflect.VisibleFields(t) {
		if nameOf(field) != "" {
			fields = append(fields, field)
		}
	}
	return fields
}

func nameOf(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return strings.TrimPrefix(name, "-")
}

// element is the type of a list's elements, or of what is pointed at.
func element(t reflect.Type) reflect.Type {
	for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		t = t.Elem()
	}
	return t
}
