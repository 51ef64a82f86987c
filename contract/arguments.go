package contract

import (
	"context"
	"reflect"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// madeUp is every text that is made up for an argument. It stands for any text, so no list of values is held against it.
const madeUp = "made-up"

// arguments makes up what a client's method is called with: all that can be given, or only what must be.
type arguments struct {
	ctx  context.Context //nolint:containedctx // it is one of the arguments
	all  bool
	keys int // how many of them make the longest list that a client sends
	page int // how many records are asked for
}

// of makes up a method's arguments.
func (a arguments) of(method reflect.Type) []reflect.Value {
	values := make([]reflect.Value, method.NumIn())
	for i := range values {
		values[i] = reflect.New(method.In(i)).Elem()
		switch {
		case method.In(i) == reflect.TypeFor[context.Context]():
			values[i].Set(reflect.ValueOf(a.ctx))
		case method.In(i) == reflect.TypeFor[[]record.ID]():
			values[i].Set(reflect.ValueOf(a.ids()))
		case method.In(i) == reflect.TypeFor[record.ID]():
			values[i].SetInt(1)
		default:
			a.fill(values[i])
		}
	}
	return values
}

func (a arguments) ids() []record.ID {
	ids := make([]record.ID, 1)
	if a.all {
		ids = make([]record.ID, a.keys)
	}
	for i := range ids {
		ids[i] = record.ID(i + 1)
	}
	return ids
}

// fill gives a value to everything that can have one. Within structs, empty texts, ids and pointers mean that nothing is given.
func (a arguments) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Int:
		v.SetInt(int64(a.page)) // or after how many
	case reflect.Int32:
		v.SetInt(1)
	case reflect.Int64:
		if a.all {
			v.SetInt(1)
		}
	case reflect.String:
		if a.all {
			v.SetString(madeUp)
		}
	case reflect.Pointer:
		if a.all {
			v.Set(reflect.New(v.Type().Elem()))
			a.fill(v.Elem())
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		a.fill(v.Index(0))
	case reflect.Struct:
		for _, field := range v.Fields() {
			if field.CanSet() {
				a.fill(field)
			}
		}
	default: // stays empty
	}
}
