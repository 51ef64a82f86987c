package raw

import (
	"fmt"
	"reflect"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// show appends a value to an answer as gqlgen writes it. The value is addressable.
type show func(dst []byte, value reflect.Value) []byte

// showing is how a scalar of a Go type is shown.
func showing(t reflect.Type) (show, error) {
	switch {
	case implements[graphql.Marshaler](t):
		return showMarshaler, nil
	case implements[graphql.ContextMarshaler](t):
		return nil, fmt.Errorf("a %s is shown by a request's context", t)
	case t == reflect.TypeFor[time.Time]():
		return showTime, nil
	case t.Kind() == reflect.String:
		return func(dst []byte, value reflect.Value) []byte { return appendQuoted(dst, value.String()) }, nil
	case t.Kind() == reflect.Bool:
		return func(dst []byte, value reflect.Value) []byte {
			return written(dst, graphql.MarshalBoolean(value.Bool()))
		}, nil
	case t.Kind() == reflect.Int32:
		return func(dst []byte, value reflect.Value) []byte { return written(dst, graphql.MarshalInt64(value.Int())) }, nil
	default:
		return nil, fmt.Errorf("it is a %s, which is no scalar", t)
	}
}

func showMarshaler(dst []byte, value reflect.Value) []byte {
	shown, _ := reflect.TypeAssert[graphql.Marshaler](value.Addr()) // as compiled
	return written(dst, shown)
}

func showTime(dst []byte, value reflect.Value) []byte {
	at, _ := reflect.TypeAssert[time.Time](value) // as compiled
	return written(dst, graphql.MarshalTime(at))
}

// written appends what a marshaler writes.
func written(dst []byte, from graphql.Marshaler) []byte {
	to := appender{dst}
	from.MarshalGQL(&to)
	return to.text
}

// appender is a writer that appends.
type appender struct{ text []byte }

func (a *appender) Write(text []byte) (int, error) {
	a.text = append(a.text, text...)
	return len(text), nil
}

// WriteString spares a copy.
func (a *appender) WriteString(text string) (int, error) {
	a.text = append(a.text, text...)
	return len(text), nil
}
