package tool

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/incremental"
	"github.com/concierge-gateway/concierge/jsonschema"
)

// root is the type of the operation's own fields.
func (o *marked) root() *ast.Definition {
	switch o.definition.Operation {
	case ast.Mutation:
		return o.schema.Mutation
	case ast.Subscription:
		return o.schema.Subscription
	default:
		return o.schema.Query
	}
}

// roots are the members of the data.
func (o *marked) roots() []*jsonschema.Member {
	return jsonschema.Collect(o.schema, o.root(), jsonschema.Set{Selection: o.definition.SelectionSet})
}

// rootFields are the names of the fields at the root, each once.
func (o *marked) rootFields() []string {
	var fields []string
	for _, root := range o.roots() {
		if name := root.Field.Name; !strings.HasPrefix(name, "__") && !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	return fields
}

// selection reports what no tool asks for.
func (o *marked) selection() {
	for _, root := range o.roots() {
		if name := root.Field.Name; name == "__schema" || name == "__type" {
			o.failf("%s is for GraphQL clients, and tools are described otherwise", name)
		}
	}
	if defers(o.definition.SelectionSet, make(map[string]bool)) {
		o.failf("@defer cannot be in a tool: a call has one answer")
	}
}

func defers(set ast.SelectionSet, seen map[string]bool) bool {
	return slices.ContainsFunc(set, func(each ast.Selection) bool {
		switch each := each.(type) {
		case *ast.Field:
			return defers(each.SelectionSet, seen)
		case *ast.InlineFragment:
			return isDeferred(each.Directives) || defers(each.SelectionSet, seen)
		case *ast.FragmentSpread:
			known := seen[each.Name]
			seen[each.Name] = true
			return isDeferred(each.Directives) || !known && defers(each.Definition.SelectionSet, seen)
		default:
			return false
		}
	})
}

func isDeferred(directives ast.DirectiveList) bool {
	return directives.ForName(incremental.Directive) != nil
}
