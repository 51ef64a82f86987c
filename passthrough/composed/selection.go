package composed

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/jsonschema"
)

// selection reports what cannot be a plain answer, and finds the parts of it that have a meaning.
func (r *reading) selection(o *Operation) {
	roots := jsonschema.Collect(r.schema, r.rootType(), jsonschema.Set{Selection: r.definition.SelectionSet})
	for _, root := range roots {
		at := root.Field.Position
		if strings.HasPrefix(root.Field.Name, "__") {
			r.failf(at, "%s is for GraphQL clients", root.Field.Name)
		}
		if root.Conditional {
			r.failf(at, "%s may be left out: @skip and @include can stand below it", root.Name)
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
func (r *reading) unwrapped(o *Operation, root *jsonschema.Member) {
	o.root = root.Name
	kind := root.Field.Definition.Type
	definition := r.schema.Types[kind.Name()]
	if kind.Elem != nil || !definition.IsCompositeType() {
		r.failf(root.Field.Position, "%s is a %s, and the answer has to be an object", root.Name, kind)
		return
	}
	selects := false
	for _, object := range r.objects(definition) {
		members := jsonschema.Collect(r.schema, object, root.Sets...)
		r.noErrors(members)
		for _, member := range members {
			if member.Field.Name == "userErrors" {
				selects = true
				o.userErrors = member.Name
			}
		}
	}
	if has := definition.Fields.ForName("userErrors"); o.Mutation && has != nil && !selects {
		r.failf(root.Field.Position, "%s does not select userErrors: a client would not learn why nothing was done", root.Name)
	}
}

// objects are the types that a value of a type can have.
func (r *reading) objects(definition *ast.Definition) []*ast.Definition {
	return r.schema.PossibleTypes[definition.Name]
}

// noErrors keeps the name that tells of failures free.
func (r *reading) noErrors(members []*jsonschema.Member) {
	for _, member := range members {
		if member.Name == errorsMember {
			r.failf(member.Field.Position, "the answer has a member errors, which is where failures are told: give it another name")
		}
	}
}

func (r *reading) rootType() *ast.Definition {
	if r.definition.Operation == ast.Mutation {
		return r.schema.Mutation
	}
	return r.schema.Query
}
