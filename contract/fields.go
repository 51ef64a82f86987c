package contract

import (
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/wire"
)

// field compares a field of the schema with the members that it is made of.
func (r *records) field(top root, at path, shape openapi.Shape, field *wire.Field) {
	for _, said := range field.Members {
		of, within := shape, at
		name, isOfRecord := strings.CutPrefix(said, "/")
		if isOfRecord {
			of, within = top.shape(), nil
		}
		place, ok := of.Member(name)
		if !ok {
			if field.Says() {
				r.addf(field.String()+" @from "+said, place.String(), "there is no member of this name")
			}
			continue
		}
		schema := place.Schema()
		for _, each := range schema.Shapes {
			if each.Keyword("x-visibility").Text() == "never" {
				r.addf(field.String(), place.String(), "the member %s is never to be shown", name)
			}
		}
		if schema.Nullable {
			r.nothing(top, at, field, name, place, top.with(within, name, nil), "null")
		}
		if !of.Requires(name) {
			r.nothing(top, at, field, name, place, top.without(within, name), "missing")
		}
	}
	r.enum(top, at, shape, field)
}

// nothing compares what a field shows of a record that lacks a member with what the schema lets it show.
func (r *records) nothing(
	top root, at path, field *wire.Field, name string, place openapi.Node, of any, how string,
) {
	read, err := top.decode(of)
	if err != nil {
		return // which was said of the Go field
	}
	object, ok := at.in(read)
	if !ok {
		return
	}
	ours := field.String() + " by " + field.Go()
	value, ok := field.Value(object)
	if !ok {
		var key string
		key, value, ok = fieldOf(object, name)
		ours += "." + key
	}
	isList := field.Definition.Type.Elem != nil
	switch {
	case !ok || isUnknown(value):
	case !isNothing(value) && len(field.Members) > 1: // it can be made without this one
	case !isNothing(value):
		r.addf(ours, place.String(), "the member %s can be %s, and a value would be shown", name, how)
	case field.Definition.Type.NonNull && !isList:
		r.addf(field.String(), place.String(), "the member %s can be %s, and the field cannot be null", name, how)
	}
}

// isNothing reports whether GraphQL shows a value as null, or as a list of nothing. gqlgen shows the zero time as null, and some
// texts write themselves.
func isNothing(value reflect.Value) bool {
	if shown, ok := reflect.TypeAssert[interface{ MarshalGQL(w io.Writer) }](value); ok && value.Kind() == reflect.String {
		var out strings.Builder
		shown.MarshalGQL(&out)
		return out.String() == "null"
	}
	switch value.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return value.IsNil()
	default:
		moment, isTime := reflect.TypeAssert[time.Time](value)
		return isTime && moment.IsZero()
	}
}

func isUnknown(value reflect.Value) bool {
	return value.Kind() == reflect.String && value.String() == record.Unknown
}

// enum compares the values of an enumeration of the schema with those that the contract lists.
func (r *records) enum(top root, at path, shape openapi.Shape, field *wire.Field) {
	definition := r.schema.Types[field.Definition.Type.Name()]
	if definition.Kind != ast.Enum || len(field.Members) != 1 {
		return
	}
	place, ok := shape.Member(field.Members[0])
	if !ok {
		return
	}
	shown, listed := map[string]bool{record.Unknown: true}, place
	for _, each := range place.Schema().Shapes {
		values, enum := each.Enum()
		if len(values) == 0 {
			return // which was said of the Go field
		}
		listed = enum
		for _, value := range values {
			result, ok := top.shows(at, field, top.with(at, field.Members[0], value))
			if !ok || result.Kind() != reflect.String {
				return
			}
			shown[result.String()] = true
			if definition.EnumValues.ForName(result.String()) == nil {
				r.addf(field.String(), enum.String(), "the value %v is none of %s", value, definition.Name)
			}
		}
	}
	for _, value := range definition.EnumValues {
		if !shown[value.Name] {
			r.addf(wire.Place(value.Position)+" "+definition.Name+"."+value.Name, listed.String(), "no listed value is shown as it")
		}
	}
}

// view is what a field shows of a typical record, and the members that it says it is made of.
type view struct {
	*wire.Field

	usual any
	said  map[string]bool
}

// views are those of the fields that are bound to a Go type. The fields of an object say for themselves what they are made of.
func (r *records) views(top root, at path, as reflect.Type) []view {
	var all []view
	for field := range r.fields.All() {
		if field.Record != as {
			continue
		}
		usual, ok := top.shows(at, field, top.typical())
		if !ok || len(tagged(element(usual.Type()))) > 0 {
			continue
		}
		said := make(map[string]bool)
		for _, name := range field.Members {
			if len(at) == 0 {
				name = strings.TrimPrefix(name, "/") // it is the whole record
			}
			said[name] = true
		}
		all = append(all, view{Field: field, usual: usual.Interface(), said: said})
	}
	return all
}

// dependences reports members that fields are made of and do not say: what is shown changes with them.
func (r *records) dependences(top root, at path, as reflect.Type, shape openapi.Shape) {
	views := r.views(top, at, as)
	for _, field := range tagged(as) {
		r.dependence(top, at, views, shape, at, field, "")
	}
	if len(at) == 0 {
		return
	}
	for _, field := range tagged(top.as) {
		if nameOf(field) != at[0].member { // which leads here
			r.dependence(top, at, views, top.shape(), nil, field, "/")
		}
	}
}

// dependence changes one member, and looks at what the fields then show.
func (r *records) dependence(
	top root, at path, views []view, of openapi.Shape, within path, member reflect.StructField, prefix string,
) {
	name := nameOf(member)
	place, ok := of.Member(name)
	if !ok {
		return
	}
	for _, sample := range samples(place.Schema(), member.Type) {
		read, err := top.decode(top.with(within, name, sample.value))
		if err != nil {
			continue
		}
		object, ok := at.in(read)
		if !ok {
			continue
		}
		for _, each := range views {
			if value, ok := each.Value(object); ok && !each.said[prefix+name] && !reflect.DeepEqual(value.Interface(), each.usual) {
				r.addf(each.String()+" by "+each.Go(), place.String(), "it is also made of %s, and does not say so", prefix+name)
			}
		}
	}
}
