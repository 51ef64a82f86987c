package projection

import (
	"bytes"
	"reflect"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// show writes a scalar's value.
type show func(out *bytes.Buffer, value reflect.Value)

// scalar chooses how a value of a Go type is shown as a scalar or an enumeration of the schema: as gqlgen's own code would. It
// fails for every pair that it does not know, and where the Go type has a null that the schema does not allow.
func (c compiler) scalar(t *ast.Type, found reflect.Type) (show, bool) {
	if t.Elem != nil {
		return nil, false
	}
	if found.Kind() == reflect.Pointer {
		below, ok := c.plain(t.NamedType, found.Elem())
		if !ok || t.NonNull {
			return nil, false
		}
		return func(out *bytes.Buffer, value reflect.Value) {
			if value.IsNil() {
				out.WriteString("null")
				return
			}
			below(out, value.Elem())
		}, true
	}
	if found == reflect.TypeFor[time.Time]() {
		return showTime, !t.NonNull // the zero time is shown as null
	}
	return c.plain(t.NamedType, found)
}

// plain is scalar for Go types that have no null.
func (c compiler) plain(name string, found reflect.Type) (show, bool) {
	kind := found.Kind()
	switch {
	case reflect.PointerTo(found).Implements(reflect.TypeFor[graphql.Marshaler]()):
		return showMarshaler, kind == reflect.Struct || kind == reflect.Int64 || kind == reflect.String
	case name == "String" && kind == reflect.String, c.schema.Types[name].Kind == ast.Enum && kind == reflect.String:
		return showString, true
	case name == "Int" && kind == reflect.Int32:
		return showInt, true
	case name == "Boolean" && kind == reflect.Bool:
		return showBool, true
	default:
		return nil, false
	}
}

func showString(out *bytes.Buffer, value reflect.Value) {
	graphql.MarshalString(value.String()).MarshalGQL(out)
}

func showInt(out *bytes.Buffer, value reflect.Value) {
	graphql.MarshalInt32(int32(value.Int())).MarshalGQL(out) //nolint:gosec // the kind is int32
}

func showBool(out *bytes.Buffer, value reflect.Value) {
	graphql.MarshalBoolean(value.Bool()).MarshalGQL(out)
}

func showTime(out *bytes.Buffer, value reflect.Value) {
	at, _ := reflect.TypeAssert[time.Time](value) // as compiled
	graphql.MarshalTime(at).MarshalGQL(out)
}

// showMarshaler lets the value write itself. Values that a method returned have no address; they are copied to one.
func showMarshaler(out *bytes.Buffer, value reflect.Value) {
	if !value.CanAddr() {
		held := reflect.New(value.Type()).Elem()
		held.Set(value)
		value = held
	}
	if m, ok := reflect.TypeAssert[graphql.Marshaler](value.Addr()); ok {
		m.MarshalGQL(out)
	}
}
