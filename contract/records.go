package contract

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/wire"
)

// records compares the Go types that clients read, and the fields of the schema that are bound to them, with records as the
// contracts describe them.
type records struct {
	*notebook

	schema *ast.Schema
	fields *wire.Map
	read   map[reflect.Type]bool
	done   map[string]bool
}

// compare makes records of a schema and reads them as a Go type.
func (r *records) compare(as reflect.Type, place openapi.Node) {
	if r.done == nil {
		r.done, r.read = make(map[string]bool), make(map[reflect.Type]bool)
	}
	if !r.done[pairOf(as, as, place)] {
		r.object(newRoot(as, place.Schema()), nil, as, place)
	}
}

// pairOf names a Go type and a schema that are compared, within a kind of record.
func pairOf(within, as reflect.Type, place openapi.Node) string {
	return fmt.Sprint(within, as, place)
}

// unread reports fields of records that no client reads, so that nothing was said of them.
func (r *records) unread() {
	for field := range r.fields.All() {
		if len(field.Members) > 0 && !r.read[field.Record] {
			r.addf(field.String()+" by "+field.Go(), "", "no client reads such records, so no contract is held against it")
		}
	}
}

// object compares what is at some depth of a record.
func (r *records) object(top root, at path, as reflect.Type, place openapi.Node) {
	pair := pairOf(top.as, as, place)
	if r.done[pair] {
		return
	}
	r.done[pair], r.read[as] = true, true
	compared := false
	for _, shape := range place.Schema().Shapes {
		if shape.Type != "object" {
			continue
		}
		compared = true
		for _, field := range tagged(as) {
			r.member(top, at, shape, as, field)
		}
		for field := range r.fields.All() {
			if field.Record == as {
				r.field(top, at, shape, field)
			}
		}
		r.dependences(top, at, as, shape)
	}
	if !compared {
		r.addf(wire.GoName(as), place.String(), "it is not said to be an object")
	}
}

// member compares a Go field with the member that it is read from.
func (r *records) member(top root, at path, shape openapi.Shape, as reflect.Type, field reflect.StructField) {
	name := nameOf(field)
	ours := fmt.Sprintf("%s.%s (json %q)", wire.GoName(as), field.Name, name)
	place, ok := shape.Member(name)
	if !ok {
		r.addf(ours, place.String(), "there is no member of this name")
		return
	}
	if !r.said(ours, place) {
		return
	}
	var unread []string
	for _, each := range r.probes(field.Type, place.Schema()) {
		read, err := top.decode(top.only(at, name, each.value))
		if err != nil {
			unread = append(unread, each.what)
			continue
		}
		object, ok := at.in(read)
		if ok && each.value != nil && isUnknown(object.Elem().FieldByIndex(field.Index)) {
			r.unknown(ours, place, each)
		}
	}
	if len(unread) > 0 {
		r.addf(ours, place.String(), "%s cannot be read", summary(unread))
	}
	r.parts(top, at, field, place)
}

// summary joins what cannot be read. Where no integer can, the smallest and the largest need no mention.
func summary(unread []string) string {
	special := func(what string) bool { return strings.HasPrefix(what, unread[0]+" as ") }
	return strings.Join(slices.Compact(slices.DeleteFunc(unread, special)), " and ")
}

// said reports whether a contract says of what type a member is.
func (r *records) said(ours string, place openapi.Node) bool {
	ok := true
	for _, shape := range place.Schema().Shapes {
		if nowhere, broken := shape.Nowhere(); broken {
			r.addf(ours, nowhere.String(), "the reference leads nowhere in the document")
			ok = false
		} else if shape.Type == "" {
			r.addf(ours, place.String(), "its type is not said")
			ok = false
		}
	}
	return ok
}

// probes are the values that a Go field must be able to read. What is in an object or in a list of objects is compared by itself.
func (r *records) probes(as reflect.Type, schema openapi.Schema) []sample {
	if len(tagged(element(as))) > 0 {
		return append(outlines(schema), nullOf(schema)...)
	}
	return append(samples(schema, as), nullOf(schema)...)
}

// parts compares what is in a member that a Go type reads by names: an object, or a list of objects.
func (r *records) parts(top root, at path, field reflect.StructField, place openapi.Node) {
	below := element(field.Type)
	if len(tagged(below)) == 0 {
		return
	}
	r.read[below] = true
	isList := field.Type.Kind() == reflect.Slice
	at = append(slices.Clip(at), step{nameOf(field), isList})
	for _, shape := range place.Schema().Shapes {
		switch {
		case shape.Type == "object" && !isList:
			r.object(top, at, below, place)
		case shape.Type == "array" && isList:
			r.object(top, at, below, shape.Item())
		}
	}
}

// unknown reports a value that a Go field has no word for.
func (r *records) unknown(ours string, place openapi.Node, each sample) {
	for _, shape := range place.Schema().Shapes {
		if values, enum := shape.Enum(); len(values) > 0 {
			r.addf(ours, enum.String(), "%s is not known: it will show %s", each.what, record.Unknown)
			return
		}
	}
	r.addf(ours, place.String(), "the values are not listed: those that are not known will show %s", record.Unknown)
}
