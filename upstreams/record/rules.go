package record

import (
	"encoding"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json"
)

// keeper keeps the rules of a value that was read, which is addressable and is whole, or a part of whole.
type keeper func(value, whole reflect.Value) error

// compiler finds the rules of a record's type and of its parts.
type compiler struct {
	whole reflect.Type
	begun map[reflect.Type]*keeper // of types with a name, which may hold themselves
}

// rules are those of one type, nil where there are none. name is the member that holds its values.
func (c *compiler) rules(t reflect.Type, name string) (keeper, error) {
	switch {
	case IsText(t):
		return func(value, _ reflect.Value) error { return fill(value, name) }, nil
	case readsItself(t):
		return nil, nil
	case t.Name() == "":
		return c.within(t, name)
	}
	if begun, ok := c.begun[t]; ok {
		return func(value, whole reflect.Value) error {
			if *begun == nil {
				return nil
			}
			return (*begun)(value, whole)
		}, nil
	}
	keep := new(keeper)
	c.begun[t] = keep
	var err error
	*keep, err = c.within(t, name)
	return *keep, err
}

// within are the rules of what a type holds.
func (c *compiler) within(t reflect.Type, name string) (keeper, error) {
	switch t.Kind() {
	case reflect.Pointer:
		return c.pointer(t, name)
	case reflect.Slice:
		return c.list(t, name)
	case reflect.Struct:
		return c.part(t)
	case reflect.Array, reflect.Map:
		below, err := c.rules(t.Elem(), name)
		if err == nil && below != nil {
			err = fmt.Errorf("the member %s is a %s: nothing in one can have rules", name, t)
		}
		return nil, err
	default:
		return nil, nil
	}
}

// fill gives a text that holds nothing what its type makes of the empty text.
func fill(value reflect.Value, name string) error {
	if value.Len() > 0 {
		return nil
	}
	text, _ := reflect.TypeAssert[encoding.TextUnmarshaler](value.Addr()) // as IsText says
	if err := text.UnmarshalText(nil); err != nil {
		return fmt.Errorf("read the empty %s: %w", name, err)
	}
	return nil
}

func (c *compiler) pointer(t reflect.Type, name string) (keeper, error) {
	if IsText(t.Elem()) {
		return nil, nil // nil is what it is where there is no text
	}
	below, err := c.rules(t.Elem(), name)
	if below == nil || err != nil {
		return nil, err
	}
	return func(value, whole reflect.Value) error {
		if value.IsNil() {
			return nil
		}
		return below(value.Elem(), whole)
	}, nil
}

// list keeps the rules of each element.
func (c *compiler) list(t reflect.Type, name string) (keeper, error) {
	ofParts := t.Elem().Kind() == reflect.Pointer && isPart(t.Elem().Elem())
	if isPart(t.Elem()) {
		return nil, fmt.Errorf("the member %s is a %s: parts in a list are pointers, so that a null is seen", name, t)
	}
	below, err := c.rules(t.Elem(), name)
	if below == nil && !ofParts || err != nil {
		return nil, err
	}
	return func(value, whole reflect.Value) error {
		for i := range value.Len() {
			if ofParts && value.Index(i).IsNil() {
				return fmt.Errorf("%s[%d] is null", name, i)
			}
			if below == nil {
				continue
			}
			if err := below(value.Index(i), whole); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// IsText reports whether a type is a text type: a string that reads itself from a text, such as an enumeration.
func IsText(t reflect.Type) bool {
	return t.Kind() == reflect.String && implements[encoding.TextUnmarshaler](t) && !readsJSON(t)
}

// isPart reports whether a type is a struct that is read by the names of its members.
func isPart(t reflect.Type) bool { return t.Kind() == reflect.Struct && !readsItself(t) }

// readsItself reports whether a type has its own way to be read, which no tag changes.
func readsItself(t reflect.Type) bool {
	return readsJSON(t) || implements[encoding.TextUnmarshaler](t)
}

func readsJSON(t reflect.Type) bool {
	return implements[json.Unmarshaler](t) || implements[json.UnmarshalerFrom](t)
}

func implements[I any](t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[I]())
}
