package policy

import (
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// first is the id with which the way to the owner begins, zero where there is none: that of an argument, or of the record that a
// field belongs to.
func (o *Owner) first(field *graphql.FieldContext) record.ID {
	switch {
	case len(o.Argument) > 0:
		return named(field.Args, o.Argument)
	case field.Parent != nil:
		return o.Steps[0].ID(field.Parent.Result)
	default:
		return 0
	}
}

// named is the id that an argument holds, zero where there is none.
func named(arguments map[string]any, path []string) record.ID {
	value := given(reflect.ValueOf(arguments[path[0]]))
	for _, name := range path[1:] {
		if value.Kind() != reflect.Struct {
			return 0
		}
		// gqlgen writes orderId as OrderID; apart from case the names are the same.
		value = given(value.FieldByNameFunc(func(each string) bool { return strings.EqualFold(each, name) }))
	}
	return idOf(value)
}

// given is what stands behind a pointer, or in what tells whether anything was given.
func given(value reflect.Value) reflect.Value {
	value = reflect.Indirect(value)
	if !value.IsValid() || value.Kind() != reflect.Struct {
		return value
	}
	if _, omittable := reflect.TypeAssert[interface{ IsSet() bool }](value); omittable {
		if get := value.MethodByName("Value"); get.IsValid() {
			return reflect.Indirect(get.Call(nil)[0])
		}
	}
	return value
}

// stranger is a rule by which the record that a field leads to is somebody else's, as its key says already. Nil is none.
func (g *Guard) stranger(view *View, field *graphql.FieldContext) *Rule {
	for _, rule := range g.Keys {
		if view.Verdict(rule) == Ask && rule.Owner.AtHand() && !view.Is(rule.Owner.first(field)) {
			return rule
		}
	}
	return nil
}
