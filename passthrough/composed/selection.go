package composed

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// selected is a member of an answer: the fields that it is selected by, which validation has found to be one and the same.
type selected struct {
	name        string
	field       *ast.Field
	sets        []ast.SelectionSet // what is selected below it
	conditional bool               // it may be left out
}

// collect is what selections have an object show, in order, as the specification's CollectFields does (section 6.3.2), but with
// what @skip and @include may leave out.
func collect(schema *ast.Schema, object *ast.Definition, sets ...ast.SelectionSet) []*selected {
	c := collector{schema: schema, object: object, byName: make(map[string]*selected)}
	for _, set := range sets {
		c.add(set, false)
	}
	return c.members
}

type collector struct {
	schema  *ast.Schema
	object  *ast.Definition
	members []*selected
	byName  map[string]*selected
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
		member = &selected{name: field.Alias, field: field, conditional: true}
		c.byName[field.Alias] = member
		c.members = append(c.members, member)
	}
	member.conditional = member.conditional && conditional
	if len(field.SelectionSet) > 0 {
		member.sets = append(member.sets, field.SelectionSet)
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

// eachField visits every field of a selection, those of fragments once.
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

// selection reports what cannot be a plain answer, and finds the parts of it that have a meaning.
func (r *reading) selection(o *Operation) {
	roots := collect(r.schema, r.rootType(), r.definition.SelectionSet)
	for _, root := range roots {
		at := root.field.Position
		if strings.HasPrefix(root.field.Name, "__") {
			r.failf(at, "%s is for GraphQL clients", root.field.Name)
		}
		if root.conditional {
			r.failf(at, "%s may be left out: @skip and @include can stand below it", root.name)
		}
	}
	if o.Mutation && len(roots) > 1 {
		r.failf(nil, "it does %d things, and an endpoint does one: what was done of them could not be told by a status", len(roots))
	}
	if len(roots) == 1 {
		r.unwrapped(o, roots[0])
		return
	}
	r.noErrors(roots)
}

// unwrapped looks at the root that is the body by itself.
func (r *reading) unwrapped(o *Operation, root *selected) {
	o.root = root.name
	kind := root.field.Definition.Type
	definition := r.schema.Types[kind.Name()]
	if kind.Elem != nil || !definition.IsCompositeType() {
		r.failf(root.field.Position, "%s is a %s, and the answer has to be an object", root.name, kind)
		return
	}
	selects := false
	for _, object := range r.objects(definition) {
		members := collect(r.schema, object, root.sets...)
		r.noErrors(members)
		for _, member := range members {
			if member.field.Name == "userErrors" {
				selects = true
				o.userErrors = member.name
			}
		}
	}
	if has := definition.Fields.ForName("userErrors"); o.Mutation && has != nil && !selects {
		r.failf(root.field.Position, "%s does not select userErrors: a client would not learn why nothing was done", root.name)
	}
}

// objects are the types that a value of a type can have.
func (r *reading) objects(definition *ast.Definition) []*ast.Definition {
	return r.schema.PossibleTypes[definition.Name]
}

// noErrors keeps the name that tells of failures free.
func (r *reading) noErrors(members []*selected) {
	for _, member := range members {
		if member.name == errorsMember {
			r.failf(member.field.Position, "the answer has a member errors, which is where failures are told: give it another name")
		}
	}
}

func (r *reading) rootType() *ast.Definition {
	if r.definition.Operation == ast.Mutation {
		return r.schema.Mutation
	}
	return r.schema.Query
}
