package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/wire"
)

// Read reads the statements of a schema, whose fields are made of what the map says. The error has all that is wrong with them.
func Read(schema *ast.Schema, fields *wire.Map) (*Policy, error) {
	r := &reader{
		schema: schema, fields: fields,
		policy: &Policy{fields: make(map[*ast.FieldDefinition]*Guard), types: make(map[string][]*Rule), schema: schema},
	}
	objects := slices.DeleteFunc(slices.Sorted(maps.Keys(schema.Types)), func(name string) bool {
		return schema.Types[name].Kind != ast.Object
	})
	for _, name := range objects {
		r.policy.types[name] = r.typeRules(schema.Types[name])
	}
	for _, name := range objects {
		r.object(schema.Types[name])
	}
	if len(r.mistakes) > 0 {
		return nil, errors.Join(r.mistakes...)
	}
	return r.policy, nil
}

// reader makes a policy of a schema.
type reader struct {
	schema   *ast.Schema
	fields   *wire.Map
	policy   *Policy
	mistakes []error
}

func (r *reader) failf(place, format string, args ...any) {
	r.mistakes = append(r.mistakes, fmt.Errorf("%s: "+format, append([]any{place}, args...)...))
}

// typeRules are those that a type states, or an interface that it implements.
func (r *reader) typeRules(object *ast.Definition) []*Rule {
	rules := r.statements(object.Name, object.Directives, nil)
	for _, name := range object.Interfaces {
		rules = append(rules, r.statements(object.Name, r.schema.Types[name].Directives, nil)...)
	}
	switch {
	case r.isRoot(object) && len(rules) > 0:
		r.failf(object.Name, "is where requests begin, and no type to say something on: say it on each of its fields")
	case isEntity(object) && len(rules) == 0:
		r.failf(object.Name, "does not say who may read it: add @public, @authenticated, @requiresScopes or @owner")
	}
	for _, rule := range rules {
		if rule.Owner != nil && !isEntity(object) {
			r.failf(rule.Name, "is about a part of a record, which has no owner of its own")
		}
	}
	return rules
}

// object reads what decides about the fields of an object. About those of the introspection nothing does.
func (r *reader) object(object *ast.Definition) {
	for _, field := range object.Fields {
		g := new(Guard)
		r.policy.fields[field] = g
		if strings.HasPrefix(object.Name, "__") || strings.HasPrefix(field.Name, "__") {
			continue
		}
		g.Rules = r.fieldRules(object, field)
		r.below(g, object, field)
		r.keys(g, object, field)
		r.check(g, object, field)
		g.order()
	}
}

// fieldRules are those that a field states, or the same field of an interface.
func (r *reader) fieldRules(object *ast.Definition, field *ast.FieldDefinition) []*Rule {
	place, on := object.Name+"."+field.Name, &at{object: object, field: field}
	rules := r.statements(place, field.Directives, on)
	for _, name := range object.Interfaces {
		if of := r.schema.Types[name].Fields.ForName(field.Name); of != nil {
			rules = append(rules, r.statements(place, of.Directives, on)...)
		}
	}
	return rules
}

func (r *reader) isRoot(object *ast.Definition) bool {
	return object == r.schema.Query || object == r.schema.Mutation || object == r.schema.Subscription
}
