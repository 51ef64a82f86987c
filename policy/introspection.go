package policy

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Visible is the schema as far as a caller may use it: without the fields that the rules refuse, whatever the record, and without
// the types to which nothing leads then.
func (p *Policy) Visible(served *ast.Schema, view *View) *ast.Schema {
	s := *served
	s.Types = make(map[string]*ast.Definition, len(served.Types))
	v := &visible{policy: p, view: view, from: served, into: &s, empty: make(map[string]bool)}
	v.findEmpty()
	for _, root := range []**ast.Definition{&s.Query, &s.Mutation, &s.Subscription} {
		*root = v.root(*root)
	}
	for name, each := range served.Types {
		if each.BuiltIn || strings.HasPrefix(name, "__") {
			v.take(name)
		}
	}
	for _, directive := range s.Directives {
		for _, argument := range directive.Arguments {
			v.take(argument.Type.Name())
		}
	}
	s.PossibleTypes, s.Implements = v.only(served.PossibleTypes), v.only(served.Implements)
	return &s
}

// visible copies what a caller may use.
type visible struct {
	policy *Policy
	view   *View
	from   *ast.Schema
	into   *ast.Schema
	empty  map[string]bool // types of which no field may be used
}

// root is a root type, nil where nothing of it may be used. There is always one of queries, which the introspection is part of.
func (v *visible) root(of *ast.Definition) *ast.Definition {
	if of == nil || of != v.from.Query && v.empty[of.Name] {
		return nil
	}
	v.take(of.Name)
	return v.into.Types[of.Name]
}

// take copies a type, and those that it leads to.
func (v *visible) take(name string) {
	of := v.from.Types[name]
	if of == nil || v.into.Types[name] != nil {
		return
	}
	copied := *of
	v.into.Types[name] = &copied
	copied.Fields, copied.Interfaces = nil, nil
	for _, field := range of.Fields {
		if v.hides(of, field) {
			continue
		}
		copied.Fields = append(copied.Fields, field)
		v.take(field.Type.Name())
		for _, argument := range field.Arguments {
			v.take(argument.Type.Name())
		}
	}
	for _, each := range of.Interfaces {
		if !v.empty[each] {
			copied.Interfaces = append(copied.Interfaces, each)
			v.take(each)
		}
	}
}

// only are the types of a relation that the caller sees, as the caller sees them.
func (v *visible) only(relation map[string][]*ast.Definition) map[string][]*ast.Definition {
	seen := make(map[string][]*ast.Definition, len(relation))
	for name, others := range relation {
		if v.into.Types[name] == nil {
			continue
		}
		for _, other := range others {
			if copied := v.into.Types[other.Name]; copied != nil {
				seen[name] = append(seen[name], copied)
			}
		}
	}
	return seen
}

// findEmpty finds the types of which no field may be used: no field may lead to them, which may leave others empty.
func (v *visible) findEmpty() {
	for found := true; found; {
		found = false
		for name, of := range v.from.Types {
			if v.empty[name] || of.Kind != ast.Object && of.Kind != ast.Interface || strings.HasPrefix(name, "__") {
				continue
			}
			if !slices.ContainsFunc(of.Fields, func(f *ast.FieldDefinition) bool {
				return !strings.HasPrefix(f.Name, "__") && !v.hides(of, f)
			}) {
				v.empty[name], found = true, true
			}
		}
	}
}

// hides reports whether a field of a type is not for the caller. An interface's is for those who may use it of every object.
func (v *visible) hides(of *ast.Definition, field *ast.FieldDefinition) bool {
	switch {
	case of.Kind == ast.Interface:
		return v.empty[field.Type.Name()] || slices.ContainsFunc(v.from.GetPossibleTypes(of), func(object *ast.Definition) bool {
			own := object.Fields.ForName(field.Name)
			return own != nil && v.hides(object, own)
		})
	case of.Kind != ast.Object:
		return false
	}
	guard := v.policy.guard(of.Name, field)
	return guard == nil || guard.Refusing(v.view) != nil || v.empty[field.Type.Name()]
}
