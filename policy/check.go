package policy

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// check holds a field to what it must be, for its rules to be obeyed, and to what it must say.
func (r *reader) check(g *Guard, object *ast.Definition, field *ast.FieldDefinition) {
	place := object.Name + "." + field.Name
	r.root(place, object, g)
	r.nullable(place, g, object, field)
	r.shape(place, g, field)
	forms := 0
	for _, rule := range g.Rules {
		if rule.Form != Null {
			forms++
		}
	}
	if forms > 1 {
		r.failf(place, "says more than once what is shown in its place")
	}
}

// root holds the fields where requests begin to what they must say. What only changes how a value looks says nothing of who may.
func (r *reader) root(place string, object *ast.Definition, g *Guard) {
	switch {
	case !r.isRoot(object) || slices.ContainsFunc(g.Rules, func(rule *Rule) bool { return rule.Form == Null }):
	case object == r.schema.Mutation:
		r.failf(place, "does not say who may do it: add @public, @authenticated, @requiresScopes or @owner")
	case len(g.Records) == 0:
		r.failf(place, "does not say who may read it: add @public, @authenticated or @requiresScopes")
	}
}

// nullable finds fields that could not be denied without denying what stands around them. Within a connection no record is denied
// that was let in.
func (r *reader) nullable(place string, g *Guard, object *ast.Definition, field *ast.FieldDefinition) {
	if !field.Type.NonNull {
		return
	}
	rules := g.Rules
	if r.node(object) == nil && !isEdge(object) {
		rules = slices.Concat(rules, g.Records)
	}
	for _, rule := range rules {
		if !rule.public {
			r.failf(place, "must be nullable: %s may deny it", rule.Name)
		}
	}
}

func isEdge(object *ast.Definition) bool {
	return object.Fields.ForName("node") != nil && object.Fields.ForName("cursor") != nil
}

// shape finds fields of whose records not each can be looked at.
func (r *reader) shape(place string, g *Guard, field *ast.FieldDefinition) {
	if !slices.ContainsFunc(g.Records, func(rule *Rule) bool { return rule.Owner != nil }) {
		return
	}
	list := field.Type.Elem
	if list != nil && (list.Elem != nil || r.node(r.schema.Types[list.Name()]) != nil) {
		r.failf(place, "leads to lists in a list of what is somebody's")
	}
}
