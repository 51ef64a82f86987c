package gateway

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/projection"
)

// fields is what happens around every field: its loads are counted, and its value is written where gqlgen need not go on. It is
// one extension and not two, because gqlgen wraps each field in a closure for each.
type fields struct {
	reads     *loaders.Extension
	projector *projection.Projector
}

var _ interface {
	graphql.HandlerExtension
	graphql.ResponseInterceptor
	graphql.FieldInterceptor
} = (*fields)(nil)

// ExtensionName is for gqlgen's registry.
func (*fields) ExtensionName() string { return "Fields" }

// Validate has nothing to check: the parts were built from the schema.
func (*fields) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse begins an answer.
func (f *fields) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	return f.reads.InterceptResponse(f.projector.Begin(ctx), next)
}

// InterceptField runs a field.
func (f *fields) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := f.reads.InterceptField(ctx, next)
	if err != nil {
		return nil, err
	}
	return f.projector.Project(ctx, value), nil
}
