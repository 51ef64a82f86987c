package raw

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// read finds out how a field of a Go type is read and shown.
func (c *compiler) read(f *field, t reflect.Type) (err error) {
	switch {
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct && isPart(t.Elem()):
		f.kind, f.pointer, f.missing = partKind, true, null
		f.part, err = c.object(t.Elem())
		return err
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Pointer && isPart(t.Elem().Elem()) && !readsItself(t):
		f.kind = listKind
		f.part, err = c.object(t.Elem().Elem())
		return err
	case t.Kind() == reflect.Pointer:
		f.pointer, t = true, t.Elem()
	}
	if f.show, err = showing(t); err != nil {
		return err
	}
	if f.kind, err = kindOf(t); err != nil {
		return err
	}
	switch f.kind {
	case textKind:
		f.text = newText(t, f.show, !f.pointer)
	case ownKind:
		f.own = &own{goType: t, show: f.show}
	default:
	}
	return f.absent(t)
}

// absent finds out what is shown where there is nothing.
func (f *field) absent(t reflect.Type) error {
	if f.pointer {
		f.missing = null
		show := f.show
		f.show = func(dst []byte, value reflect.Value) []byte {
			if value.IsNil() {
				return append(dst, null...)
			}
			return show(dst, value.Elem())
		}
		return nil
	}
	if f.kind != textKind {
		f.missing = string(f.show(nil, reflect.New(t).Elem()))
		return nil
	}
	shown, ok := f.text.decode(nil, nil, true)
	if !ok {
		return errors.New("its type does not take the empty text")
	}
	f.missing = string(shown)
	return nil
}

const null = "null"

// kindOf is how a scalar of a Go type is read.
func kindOf(t reflect.Type) (kind, error) {
	switch {
	case t == reflect.TypeFor[record.ID]():
		return idKind, nil
	case t == reflect.TypeFor[record.Decimal]():
		return decimalKind, nil
	case t == reflect.TypeFor[time.Time]():
		return timeKind, nil
	case record.IsText(t):
		return textKind, nil
	case readsItself(t) || isBasic(t) && implements[graphql.Marshaler](t):
		return ownKind, nil
	case t.Kind() == reflect.String:
		return stringKind, nil
	case t.Kind() == reflect.Bool:
		return boolKind, nil
	case t.Kind() == reflect.Int32:
		return intKind, nil
	default:
		return 0, fmt.Errorf("it is a %s", t)
	}
}

// isBasic reports whether values of a type hold no others, to which rules of records might apply.
func isBasic(t reflect.Type) bool {
	kind := t.Kind()
	return kind == reflect.String || kind >= reflect.Bool && kind <= reflect.Float64
}

// isPart reports whether a type is a struct that is read by the names of its members.
func isPart(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]() && !readsItself(t)
}

// readsItself reports whether a type has its own way to be read.
func readsItself(t reflect.Type) bool {
	return implements[json.Unmarshaler](t) || implements[json.UnmarshalerFrom](t) || implements[encoding.TextUnmarshaler](t)
}

func implements[I any](t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[I]())
}
