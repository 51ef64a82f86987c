package loaders

import (
	"context"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/upstreams"
)

// Extension gives each operation its loaders, and tells their level what gqlgen runs: it counts the resolvers that open and
// close, from the selections and the values that resolvers return.
type Extension struct {
	services *upstreams.Services
	edges    *Edges
}

var _ interface {
	graphql.HandlerExtension
	graphql.ResponseInterceptor
	graphql.FieldInterceptor
} = (*Extension)(nil)

// NewExtension returns the extension for operations that read from these services.
func NewExtension(services *upstreams.Services, edges *Edges) *Extension {
	return &Extension{services: services, edges: edges}
}

// ExtensionName is for gqlgen's registry.
func (*Extension) ExtensionName() string { return "Loaders" }

// Validate has nothing to check: the edges were built from the schema.
func (*Extension) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse begins a set of loaders for one answer.
func (e *Extension) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation == nil {
		return next(ctx) // refused before it could run
	}
	l := New(ctx, e.services)
	defer l.Close()
	l.opening = newOpening(e.edges, operation)
	if operation.Operation.Operation == ast.Query {
		l.level.enter(l.opening.below(operation.Operation.SelectionSet, "Query"))
	}
	return next(With(ctx, l))
}

// InterceptField closes a resolver when it returns, and opens those below its value. The fields of a mutation run one after the
// other, so each opens only when it begins.
func (e *Extension) InterceptField(ctx context.Context, next graphql.Resolver) (value any, err error) {
	field := graphql.GetFieldContext(ctx)
	if !e.edges.Has(field.Field.Definition) {
		return next(ctx)
	}
	l := For(ctx)
	if field.Object == "Mutation" {
		l.level.enter(1)
	}
	below := 0
	defer func() { l.level.leave(below) }() // also when the resolver panics
	value, err = next(ctx)
	if n := count(value); n > 0 && err == nil {
		below = n * l.opening.below(field.Field.Selections, field.Field.Definition.Type.Name())
	}
	return value, err
}

// ArgumentsRefused reports whether an error says that a field's arguments could not be read, and closes that field: gqlgen
// calls no interceptor for it. It must be called once for every error that is presented, with that error's context.
func (e *Extension) ArgumentsRefused(ctx context.Context) bool {
	field, l := graphql.GetFieldContext(ctx), For(ctx)
	if l == nil || field == nil || field.Field.Field == nil {
		return false
	}
	if len(field.Field.Definition.Arguments) == 0 || field.Args != nil {
		return false
	}
	if e.edges.Has(field.Field.Definition) && field.Object != "Mutation" {
		l.level.leave(0)
	}
	return true
}

// count is how many objects a resolver returned: those that the fields below will run for.
func count(value any) int {
	switch value.(type) {
	case nil, graphql.Marshaler: // a Marshaler is written as it is, and nothing runs below it
		return 0
	}
	return countValue(reflect.ValueOf(value))
}

func countValue(v reflect.Value) int {
	switch v.Kind() {
	case reflect.Interface:
		return countValue(v.Elem())
	case reflect.Pointer, reflect.Map:
		if v.IsNil() {
			return 0
		}
		return 1
	case reflect.Invalid:
		return 0
	case reflect.Slice:
		n := 0
		for i := range v.Len() {
			n += countValue(v.Index(i))
		}
		return n
	default:
		return 1
	}
}
