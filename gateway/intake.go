package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/concierge-gateway/concierge/document"
)

// intake makes operations of what requests ask for. A document that is not remembered is parsed and validated by gqlgen's
// executor. Of one that is, there is nothing left to do but what depends on the request, which is done here, in the executor's
// order: it would look for the document at each of its steps anew.
type intake struct {
	exec      *executor.Executor
	schema    *ast.Schema
	documents *document.Cache
	naming    *naming // is empty until the trusted documents are read
	guard     *document.Guard
	checks    []check
	recovered graphql.RecoverFunc
	around    graphql.FieldMiddleware
}

// check is an extension that refuses operations.
type check interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
}

// take makes the operation. by is what lies beside its document, nil where that is not remembered yet. Where the operation is
// refused, it has as much as was known by then.
func (i *intake) take(
	ctx context.Context, began time.Time, params *graphql.RawParams,
) (operation *graphql.OperationContext, known *document.Known, refused gqlerror.List) {
	found, err := i.naming.find(ctx, params)
	if err != nil {
		return i.begin(began), nil, gqlerror.List{{Err: err}}
	}
	params.Query = found.Text
	if known, _ = i.documents.Find(found.Text); known != nil {
		operation, refused = i.remembered(ctx, began, params, known)
	} else {
		operation, refused = i.exec.CreateOperationContext(graphql.StartOperationTrace(ctx), params)
	}
	i.naming.note(operation, found)
	if refused == nil {
		i.naming.keep(ctx, operation, found)
	}
	return operation, known, refused
}

// begin makes an operation of which nothing is known yet.
func (i *intake) begin(began time.Time) *graphql.OperationContext {
	return &graphql.OperationContext{
		DisableIntrospection: true, RecoverFunc: i.recovered, ResolverMiddleware: i.around, RootResolverMiddleware: root,
		Stats: graphql.Stats{OperationStart: began},
	}
}

// root lets a field at the root run: nothing stands around those alone.
func root(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { //nolint:ireturn // gqlgen's
	return next(ctx)
}

// remembered makes an operation of a document that is remembered.
func (i *intake) remembered(
	ctx context.Context, began time.Time, params *graphql.RawParams, known *document.Known,
) (*graphql.OperationContext, gqlerror.List) {
	operation := i.begin(began)
	if refused := i.guard.Admit(ctx, params.Query, known); refused != nil {
		return operation, gqlerror.List{refused}
	}
	operation.RawQuery, operation.OperationName = params.Query, params.OperationName
	operation.Extensions, operation.Headers = params.Extensions, params.Headers
	operation.Doc = known.Document()
	done := graphql.TraceTiming{Start: began, End: began}
	operation.Stats.Parsing, operation.Stats.Validation = done, done
	operation.Operation = operation.Doc.Operations.ForName(params.OperationName)
	if operation.Operation == nil {
		return operation, invalid("the document has no such operation")
	}
	variables, err := i.variables(operation.Operation, params.Variables)
	if err != nil {
		refused, ok := errors.AsType[*gqlerror.Error](err)
		if !ok {
			refused = gqlerror.Wrap(err)
		}
		errcode.Set(refused, errcode.ValidationFailed)
		return operation, gqlerror.List{refused}
	}
	operation.Variables = variables
	for _, check := range i.checks {
		if refused := check.MutateOperationContext(ctx, operation); refused != nil {
			return operation, gqlerror.List{refused}
		}
	}
	return operation, nil
}

// variables are an operation's, as gqlparser makes them of what was sent. Most are of a kind of which it makes nothing else.
func (i *intake) variables(operation *ast.OperationDefinition, sent map[string]any) (map[string]any, error) {
	values := make(map[string]any, len(operation.VariableDefinitions))
	for _, each := range operation.VariableDefinitions {
		value, given := sent[each.Variable]
		switch {
		case given && isItself(each.Type, value):
			values[each.Variable] = value
		case given || each.DefaultValue != nil || each.Type.NonNull:
			return validator.VariableValues(i.schema, operation, sent) //nolint:wrapcheck // it is restated
		}
	}
	return values, nil
}

// isItself reports whether a value is of a type as it came.
func isItself(of *ast.Type, value any) bool {
	switch value.(type) {
	case nil:
		return !of.NonNull
	case string:
		return of.NamedType == "String" || of.NamedType == "ID"
	case bool:
		return of.NamedType == "Boolean"
	default:
		return false
	}
}
