package gateway

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	gqlgen "github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/problem"
)

// introspection is an extension that lets clients ask for the schema, or not.
type introspection struct {
	everybody bool
	scopes    []string // those of callers who may all the same
}

var _ graphql.OperationContextMutator = introspection{}

// introspecting says who may ask for the schema.
func introspecting(c config.GraphQL) introspection {
	return introspection{everybody: c.Introspection, scopes: c.IntrospectionScopes}
}

// lets reports whether a caller may ask for the schema.
func (i introspection) lets(caller auth.Principal) bool {
	return i.everybody || slices.ContainsFunc(i.scopes, caller.Has)
}

// ExtensionName is for gqlgen's registry.
func (introspection) ExtensionName() string { return "Introspection" }

// Validate has nothing to check.
func (introspection) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext refuses an operation that asks for the schema where its caller may not. gqlgen by itself would run it
// and say that the gateway failed.
func (i introspection) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	operation.DisableIntrospection = !i.lets(auth.FromContext(ctx))
	if !operation.DisableIntrospection || !namesSchema(operation.Doc, operation.Operation.SelectionSet) {
		return nil
	}
	for _, field := range graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{"Query"}) {
		if isIntrospection(field.Name) {
			return &gqlerror.Error{
				Err:       problem.New(problem.ValidationFailed, "introspection is turned off"),
				Locations: []gqlerror.Location{{Line: field.Position.Line, Column: field.Position.Column}},
			}
		}
	}
	return nil
}

func isIntrospection(field string) bool { return field == "__schema" || field == "__type" }

// namesSchema reports whether the selection at an operation's root has a field that asks for the schema, whether or not that is
// skipped. Most have none, and need not be collected to know it.
func namesSchema(doc *ast.QueryDocument, set ast.SelectionSet) bool {
	return slices.ContainsFunc(set, func(each ast.Selection) bool {
		switch each := each.(type) {
		case *ast.Field:
			return isIntrospection(each.Name)
		case *ast.InlineFragment:
			return namesSchema(doc, each.SelectionSet)
		case *ast.FragmentSpread:
			fragment := doc.Fragments.ForName(each.Name)
			return fragment != nil && namesSchema(doc, fragment.SelectionSet)
		default:
			return false
		}
	})
}

// visible tells what a caller sees of the schema, nil where everybody sees all of it.
func visible(byCaller bool, served *ast.Schema, p *policy.Policy) func(context.Context) *ast.Schema {
	if !byCaller {
		return nil
	}
	return func(ctx context.Context) *ast.Schema { return p.Visible(served, p.View(auth.FromContext(ctx))) }
}

// introspected is the value of __schema or __type in a schema of which not everybody sees all; ok is false for other fields.
func (f *fields) introspected(ctx context.Context) (value any, ok bool) {
	field := graphql.GetFieldContext(ctx)
	if f.visible == nil || field.Object != "Query" {
		return nil, false
	}
	switch field.Field.Name {
	case "__schema":
		return gqlgen.WrapSchema(f.visible(ctx)), true
	case "__type":
		schema := f.visible(ctx)
		name, _ := field.Args["name"].(string)
		return gqlgen.WrapTypeFromDef(schema, schema.Types[name]), true
	default:
		return nil, false
	}
}
