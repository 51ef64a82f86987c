package record

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// From are the members that a field's from tag says it is made of, in its order. ok is false for a field without one.
func From(field reflect.StructField) (members []string, ok bool) {
	said, ok := field.Tag.Lookup("from")
	if !ok {
		return nil, false
	}
	return strings.Split(said, ","), true
}

// part keeps the rules of a struct's fields.
func (c *compiler) part(t reflect.Type) (keeper, error) {
	var fields []keeper
	for field := range t.Fields() {
		below, err := c.field(t, field)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, field.Name, err)
		}
		if below != nil {
			fields = append(fields, below)
		}
	}
	if len(fields) == 0 {
		return nil, nil
	}
	return func(value, whole reflect.Value) error {
		for _, keep := range fields {
			if err := keep(value, whole); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// field keeps the rules of one field of a struct.
func (c *compiler) field(of reflect.Type, field reflect.StructField) (keeper, error) {
	name, tagged := member(field)
	members, isMade := From(field)
	switch {
	case field.Anonymous:
		return nil, errors.New("it is embedded: a record's type names its fields")
	case !field.IsExported() && isMade:
		return nil, errors.New("it has a from tag, and is not exported")
	case isMade && (!tagged || name != ""):
		return nil, errors.New(`it is made of members, and not read from one: its json tag is "-"`)
	case isMade:
		return c.money(of, field, members)
	case !field.IsExported() || tagged && name == "":
		return nil, nil
	case !tagged:
		name = field.Name // by which it is read
	}
	below, err := c.rules(field.Type, name)
	if below == nil || err != nil {
		return nil, err
	}
	at := field.Index[0]
	return func(value, whole reflect.Value) error { return below(value.Field(at), whole) }, nil
}

// member is the name by which a field is read, empty where its tag says that it is not.
func member(field reflect.StructField) (name string, tagged bool) {
	tag, tagged := field.Tag.Lookup("json")
	if tag == "-" {
		return "", true
	}
	name, _, _ = strings.Cut(tag, ",")
	return name, tagged && name != ""
}

// money makes a field of the amount and the currency that it names.
func (c *compiler) money(of reflect.Type, field reflect.StructField, members []string) (keeper, error) {
	if field.Type != reflect.TypeFor[*Money]() || len(members) != 2 {
		return nil, errors.New("a from tag names the two members of a *record.Money: an amount and a currency")
	}
	amount, err := source[Decimal](c, of, members[0])
	if err != nil {
		return nil, err
	}
	currency, err := source[string](c, of, members[1])
	if err != nil {
		return nil, err
	}
	at := field.Index[0]
	return func(value, whole reflect.Value) error {
		value.Field(at).Set(reflect.ValueOf(NewMoney(amount(value, whole), currency(value, whole))))
		return nil
	}, nil
}

// source finds the field that a member is read into, in the struct or in the whole record.
func source[T any](c *compiler, of reflect.Type, said string) (func(value, whole reflect.Value) T, error) {
	name, ofWhole := strings.CutPrefix(said, "/")
	if ofWhole {
		of = c.whole
	}
	if of.Kind() != reflect.Struct {
		return nil, fmt.Errorf("a %s has no member %s", of, name)
	}
	for field := range of.Fields() {
		if found, _ := member(field); found == "" || found != name || !field.IsExported() {
			continue
		}
		if field.Type != reflect.TypeFor[T]() {
			return nil, fmt.Errorf("%s.%s is a %s, and a %s is needed", of, field.Name, field.Type, reflect.TypeFor[T]())
		}
		return get[T](field.Index[0], ofWhole), nil
	}
	return nil, fmt.Errorf("no field of %s has the json tag %q", of, name)
}

// get reads a field that has the type T.
func get[T any](at int, ofWhole bool) func(value, whole reflect.Value) T {
	return func(value, whole reflect.Value) T {
		if ofWhole {
			value = whole
		}
		found, _ := reflect.TypeAssert[T](value.Field(at))
		return found
	}
}
