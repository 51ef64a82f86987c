package projection

import (
	"reflect"
	"strings"
	"sync"
)

// accessors remembers how fields are found in Go types, of which there are as many as in the schema: looking through a type's
// methods takes longer than writing an object.
type accessors struct{ known sync.Map } // accessorKey to accessor

type accessorKey struct {
	from reflect.Type
	name string
}

// accessor is what gqlgen shows for a field. Its get is nil where that is not for us to tell.
type accessor struct {
	get   func(reflect.Value) reflect.Value
	found reflect.Type
}

func (a *accessors) of(from reflect.Type, name string) (accessor, bool) {
	key := accessorKey{from, name}
	if known, ok := a.known.Load(key); ok {
		found, _ := known.(accessor) // as stored
		return found, found.get != nil
	}
	found := access(from, name)
	a.known.Store(key, found)
	return found, found.get != nil
}

// access finds what gqlgen shows for a field: what the method of its name returns, or the struct's field. Where there are both,
// or the method takes or returns anything else, nothing is found: gqlgen knows which it chose.
func access(from reflect.Type, name string) accessor {
	var ways []accessor
	for method := range reflect.PointerTo(from).Methods() {
		if !strings.EqualFold(method.Name, name) {
			continue
		}
		if method.Type.NumIn() != 1 || method.Type.NumOut() != 1 {
			return accessor{}
		}
		get := func(of reflect.Value) reflect.Value { return of.Addr().Method(method.Index).Call(nil)[0] }
		ways = append(ways, accessor{get: get, found: method.Type.Out(0)})
	}
	for i := range from.NumField() {
		if field := from.Field(i); field.IsExported() && strings.EqualFold(field.Name, name) {
			ways = append(ways, accessor{get: func(of reflect.Value) reflect.Value { return of.Field(i) }, found: field.Type})
		}
	}
	if len(ways) != 1 {
		return accessor{}
	}
	return ways[0]
}
