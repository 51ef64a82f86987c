package gateway

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/policy"
)

// fields is what happens around every field that gqlgen runs: its loads are counted, and it is held to the policy. It is one
// extension and not two, because gqlgen wraps each field in a closure for each.
type fields struct {
	reads    *loaders.Tracker
	enforcer *policy.Enforcer
	visible  func(context.Context) *ast.Schema // what a caller sees of the schema; nil where everybody sees all of it
}

var _ interface {
	graphql.HandlerExtension
	graphql.FieldInterceptor
} = (*fields)(nil)

// ExtensionName is for gqlgen's registry.
func (*fields) ExtensionName() string { return "Fields" }

// Validate has nothing to check: the parts were built from the schema.
func (*fields) Validate(graphql.ExecutableSchema) error { return nil }

// answer runs one answer.
func (f *fields) answer(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	return f.reads.Answer(f.enforcer.Begin(ctx), next)
}

// InterceptField runs a field. It calls the resolver itself, and none of the parts does: the stack that it stands on is small.
func (f *fields) InterceptField(ctx context.Context, next graphql.Resolver) (value any, err error) {
	if value, ok := f.introspected(ctx); ok {
		return value, nil
	}
	edge := f.reads.Enter(ctx)
	defer func() { edge.Leave(value, err) }()
	decision, err := f.enforcer.Before(ctx)
	if err != nil || decision.Final {
		return decision.Instead, err
	}
	resolved, err := next(ctx)
	if err != nil {
		return nil, err
	}
	return f.enforcer.After(ctx, decision, resolved)
}
