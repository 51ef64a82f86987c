package wire

import (
	"reflect"
	"strings"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// accessor is how gqlgen gets a field's value from a Go type: by a method or from a field, whose names are the same but for case.
type accessor struct {
	name    string              // of the method or field; empty where there is neither
	member  string              // the member that a field is decoded from
	made    []string            // the members that a field's from tag says it is made of
	leadsTo reflect.Type        // what it gives
	field   reflect.StructField // without a name where there is none
}

// accessorOf looks for a method first, as gqlgen does.
func accessorOf(t reflect.Type, name string) accessor {
	if t == nil {
		return accessor{}
	}
	for method := range reflect.PointerTo(t).Methods() {
		if strings.EqualFold(method.Name, name) && method.Type.NumIn() == 1 && method.Type.NumOut() > 0 {
			return accessor{name: method.Name, leadsTo: method.Type.Out(0)}
		}
	}
	if t.Kind() != reflect.Struct {
		return accessor{}
	}
	for _, field := range reflect.VisibleFields(t) {
		if field.IsExported() && strings.EqualFold(field.Name, name) {
			made, _ := record.From(field)
			return accessor{name: field.Name, member: memberOf(field), made: made, leadsTo: field.Type, field: field}
		}
	}
	return accessor{}
}

func memberOf(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

func (a accessor) isField() bool { return a.field.Name != "" }

func (a accessor) of(record reflect.Value) (reflect.Value, bool) {
	switch {
	case a.isField():
		return record.Elem().FieldByIndex(a.field.Index), true
	case a.name != "":
		return record.MethodByName(a.name).Call(nil)[0], true
	default:
		return reflect.Value{}, false
	}
}

// element is the named type of a list's elements, of what a channel brings, or of what is pointed at.
func element(t reflect.Type) reflect.Type {
	for t != nil && t.Name() == "" {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Chan:
			t = t.Elem()
		default:
			return nil
		}
	}
	return t
}
