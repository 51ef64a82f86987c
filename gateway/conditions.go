package gateway

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/problem"
)

// conditions is an extension that refuses null where @skip or @include needs to know: a variable that may be null is allowed
// there if it has a default, and null can still be sent for it. gqlgen by itself would panic in the middle of the answer.
type conditions struct{}

var _ graphql.OperationContextMutator = conditions{}

// ExtensionName is for gqlgen's registry.
func (conditions) ExtensionName() string { return "Conditions" }

// Validate has nothing to check.
func (conditions) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext looks for such a null.
func (conditions) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	for _, variable := range operation.Operation.VariableDefinitions {
		value, sent := operation.Variables[variable.Variable]
		if !sent || value != nil || variable.Type.NamedType != "Boolean" {
			continue
		}
		if slices.Contains(document.Switches(operation.Doc, operation.Operation), variable.Variable) {
			return &gqlerror.Error{
				Err:       problem.New(problem.BadInput, "@skip and @include need a variable that is not null"),
				Locations: []gqlerror.Location{{Line: variable.Position.Line, Column: variable.Position.Column}},
			}
		}
	}
	return nil
}
