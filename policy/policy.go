// Package policy answers who may use what stands in the schema, and what it shows to whom.
//
// The schema is the only place where that is stated, by directives on types and fields, and every door obeys the same Policy. A
// field that says nothing is for whoever may have the record that it belongs to. A type with an id, and a mutation, must say
// something. Nothing here knows how records are fetched, or what a door makes of a no.
package policy

import "github.com/vektah/gqlparser/v2/ast"

// Policy is what a schema states. It is not changed once it was read, and safe for concurrent use.
type Policy struct {
	rules  []*Rule
	fields map[*ast.FieldDefinition]*Guard // of every object's every field, so that what is missing is known to be foreign
	types  map[string][]*Rule
	schema *ast.Schema
}

// Rules are all rules, each at its index.
func (p *Policy) Rules() []*Rule { return p.rules }

// Field is what decides about an object's field, nil where nothing does.
func (p *Policy) Field(definition *ast.FieldDefinition) *Guard {
	if g := p.fields[definition]; g != nil && !g.empty() {
		return g
	}
	return nil
}

// Mutation is what decides about a mutation, nil where there is none of the name.
func (p *Policy) Mutation(name string) *Guard {
	if p.schema.Mutation == nil {
		return nil
	}
	return p.Field(p.schema.Mutation.Fields.ForName(name))
}

// Type is what decides about each record of a type.
func (p *Policy) Type(name string) []*Rule { return p.types[name] }

// guard is what decides about a field of an object, nil where the schema has no such field. What was selected on an interface has
// the interface's definition: the object's own decides.
func (p *Policy) guard(object string, definition *ast.FieldDefinition) *Guard {
	if g, ok := p.fields[definition]; ok {
		return g
	}
	of := p.schema.Types[object]
	if of == nil {
		return nil
	}
	return p.fields[of.Fields.ForName(definition.Name)]
}
