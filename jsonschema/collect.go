package jsonschema

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Member is a member of an answer: the fields that it is selected by, which validation has found to be one and the same.
type Member struct {
	// Name is its name in the answer.
	Name string
	// Field is the first of those that select it.
	Field *ast.Field
	// Sets are what is selected below it.
	Sets []Set
	// Conditional is true where it may be left out, by @skip or @include.
	Conditional bool
}

// Set is a selection, of which nothing counts where it is conditional and its condition does not hold.
type Set struct {
	Selection   ast.SelectionSet
	Conditional bool
}

// Collect is what selections have an object show, in order, as the specification's CollectFields does (section 6.3.2), but with
// what @skip and @include may leave out.
func Collect(schema *ast.Schema, object *ast.Definition, sets ...Set) []*Member {
	c := collector{schema: schema, object: object, byName: make(map[string]*Member)}
	for _, set := range sets {
		c.add(set.Selection, set.Conditional)
	}
	for _, member := range c.members {
		if len(member.Sets) == 1 {
			member.Sets[0].Conditional = false // it counts whenever there is something that it is below
		}
	}
	return c.members
}

type collector struct {
	schema  *ast.Schema
	object  *ast.Definition
	members []*Member
	byName  map[string]*Member
}

func (c *collector) add(set ast.SelectionSet, conditional bool) {
	for _, each := range set {
		switch each := each.(type) {
		case *ast.Field:
			c.field(each, conditional || isConditional(each.Directives))
		case *ast.InlineFragment:
			if each.TypeCondition == "" || c.is(each.TypeCondition) {
				c.add(each.SelectionSet, conditional || isConditional(each.Directives))
			}
		case *ast.FragmentSpread:
			if c.is(each.Definition.TypeCondition) {
				c.add(each.Definition.SelectionSet, conditional || isConditional(each.Directives))
			}
		}
	}
}

func (c *collector) field(field *ast.Field, conditional bool) {
	member, known := c.byName[field.Alias]
	if !known {
		member = &Member{Name: field.Alias, Field: field, Conditional: true}
		c.byName[field.Alias] = member
		c.members = append(c.members, member)
	}
	member.Conditional = member.Conditional && conditional
	if len(field.SelectionSet) > 0 {
		member.Sets = append(member.Sets, Set{Selection: field.SelectionSet, Conditional: conditional})
	}
}

// is reports whether the object is of a type.
func (c *collector) is(name string) bool {
	if name == c.object.Name {
		return true
	}
	for _, possible := range c.schema.PossibleTypes[name] {
		if possible.Name == c.object.Name {
			return true
		}
	}
	return false
}

func isConditional(directives ast.DirectiveList) bool {
	return directives.ForName("skip") != nil || directives.ForName("include") != nil
}

// EachField visits every field of a selection, those of fragments once.
func EachField(set ast.SelectionSet, visit func(*ast.Field)) {
	eachField(set, make(map[string]bool), visit)
}

// Fragments are the names of the fragments that a selection spreads, and of those that they spread, sorted.
func Fragments(set ast.SelectionSet) []string {
	seen := make(map[string]bool)
	eachField(set, seen, func(*ast.Field) {})
	return slices.Sorted(maps.Keys(seen))
}

func eachField(set ast.SelectionSet, seen map[string]bool, visit func(*ast.Field)) {
	for _, each := range set {
		switch each := each.(type) {
		case *ast.Field:
			visit(each)
			eachField(each.SelectionSet, seen, visit)
		case *ast.InlineFragment:
			eachField(each.SelectionSet, seen, visit)
		case *ast.FragmentSpread:
			if !seen[each.Name] {
				seen[each.Name] = true
				eachField(each.Definition.SelectionSet, seen, visit)
			}
		}
	}
}
