package projection

import (
	"reflect"
	"strings"
)

// access finds what gqlgen shows for a field: what the method of its name returns, or the struct's field. Where there are both,
// or the method takes or returns anything else, nothing is found: gqlgen knows which it chose.
func access(from reflect.Type, name string) (get func(reflect.Value) reflect.Value, found reflect.Type, ok bool) {
	ways := 0
	for method := range reflect.PointerTo(from).Methods() {
		if !strings.EqualFold(method.Name, name) {
			continue
		}
		ways++
		if method.Type.NumIn() != 1 || method.Type.NumOut() != 1 {
			return nil, nil, false
		}
		found = method.Type.Out(0)
		get = func(of reflect.Value) reflect.Value { return of.Addr().Method(method.Index).Call(nil)[0] }
	}
	for i := range from.NumField() {
		field := from.Field(i)
		if !field.IsExported() || !strings.EqualFold(field.Name, name) {
			continue
		}
		ways++
		found = field.Type
		get = func(of reflect.Value) reflect.Value { return of.Field(i) }
	}
	return get, found, ways == 1
}
