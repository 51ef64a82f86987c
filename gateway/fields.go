package gateway

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/policy"
)

// fields is what happens around every field that gqlgen runs: its loads are counted, and it is held to the policy and to its
// limits. It is one extension and not several, because gqlgen wraps each field in a closure for each.
type fields struct {
	reads    *loaders.Tracker
	enforcer *policy.Enforcer
	costs    *demand.Costs
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
	if edge.Subscribes() {
		defer edge.Leave(nil, nil) // it leads to no object now
		return f.subscribe(ctx, next)
	}
	defer func() {
		f.hide(ctx, value)
		edge.Leave(value, err)
	}()
	decision, err := f.enforcer.Before(ctx)
	if err != nil || decision.Final {
		f.count(ctx, decision.Instead)
		return decision.Instead, err
	}
	if !decision.Withheld() {
		if err := f.reads.Admit(ctx); err != nil {
			return nil, err
		}
	}
	resolved, err := next(ctx)
	if err != nil {
		return nil, err
	}
	shown, err := f.enforcer.After(ctx, decision, resolved)
	if err != nil {
		return nil, err
	}
	edge.Charge(ctx, shown, f.enforcer)
	f.count(ctx, shown)
	return shown, nil
}

// count counts the objects that a field led to, where anybody wants to know what the answer costs.
func (f *fields) count(ctx context.Context, value any) {
	if value == nil {
		return
	}
	if field := graphql.GetFieldContext(ctx); f.costs.Counts(field.Object, field.Field.Definition) {
		demand.From(ctx).Add(field.Field, value)
	}
}

// hide notes where a record is not shown that only others could tell the owner of.
func (f *fields) hide(ctx context.Context, shown any) {
	if field := graphql.GetFieldContext(ctx); f.enforcer.Hides(ctx, field.Object, field.Field.Definition, shown) {
		spendingFrom(ctx).hide()
	}
}
