package gateway

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/fieldusage"
	"github.com/concierge-gateway/concierge/graphqlhttp"
	"github.com/concierge-gateway/concierge/incremental"
	"github.com/concierge-gateway/concierge/lent"
	"github.com/concierge-gateway/concierge/plan"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// execution is the executable schema: operations that there is a plan for are answered by it, the others by gqlgen.
type execution struct {
	graphql.ExecutableSchema
	exec      *executor.Executor // that runs this one
	intake    *intake
	fields    *fields
	documents *document.Cache
	planner   *plan.Planner // nil where nothing is planned
	metrics   *plan.Metrics
	settings  config.GraphQL
	limited   *ratelimit.Fields // the fields that have limits
	demands   *demands
	answers   *answers.Rules
	fresh     func(context.Context) context.Context // in which the errors of one response are kept
	naming    *naming                               // is empty until the trusted documents are read
	toolbox   *toolbox                              // nil where there are no tools
	uses      *fieldusage.Tracker                   // nil where they are not counted
	texts     lent.Texts                            // of answers
}

// respond answers an operation, by nil where its time was over before it began. What there is a plan for needs nothing of what
// gqlgen puts around the execution of others, and is in a text already.
func (e *execution) respond(ctx context.Context, operation *graphql.OperationContext) (*graphql.Response, *lent.Text) {
	if !asksForPlan(operation) {
		if planned, err := e.plan(ctx, operation); err == nil {
			return e.byPlan(graphql.WithOperationContext(ctx, operation), planned)
		}
	}
	next, ctx := e.exec.DispatchOperation(ctx, operation)
	return next(ctx), nil
}

// byPlan answers by a plan. The text is the answer as it is sent where its data are all of it, and has the data.
func (e *execution) byPlan(ctx context.Context, planned *plan.Plan) (*graphql.Response, *lent.Text) {
	e.metrics.Planned.Inc()
	if ctx.Err() != nil {
		return nil, nil
	}
	ctx = e.fresh(ctx)
	text := e.texts.New()
	data := graphqlhttp.Write(text, func(to []byte) []byte { return e.planned(ctx, planned, to) })
	return &graphql.Response{Data: data, Errors: graphql.GetErrors(ctx)}, text
}

// Exec begins an operation.
func (e *execution) Exec(ctx context.Context) graphql.ResponseHandler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
		return once(e.subscribing)
	}
	planned, why := e.plan(ctx, graphql.GetOperationContext(ctx))
	return e.explaining(ctx, planned, why, e.answering(ctx, planned))
}

// answering answers by a plan, or by gqlgen where there is none.
func (e *execution) answering(ctx context.Context, planned *plan.Plan) graphql.ResponseHandler {
	if planned != nil {
		e.metrics.Planned.Inc()
		return once(func(ctx context.Context) *graphql.Response {
			return &graphql.Response{Data: e.planned(ctx, planned, nil)}
		})
	}
	e.metrics.Unplanned.Inc()
	operation := incremental.Whole(graphql.GetOperationContext(ctx))
	demand.From(ctx).Tally(e.demands.costs, operation)
	next := e.ExecutableSchema.Exec(graphql.WithOperationContext(ctx, operation))
	return func(ctx context.Context) *graphql.Response {
		return e.fields.answer(graphql.WithOperationContext(ctx, operation), next)
	}
}

// once runs an answer the first time that it is asked for. There is no other after it.
func once(answer graphql.ResponseHandler) graphql.ResponseHandler {
	return func(ctx context.Context) *graphql.Response {
		run := answer
		answer = func(context.Context) *graphql.Response { return nil }
		return run(ctx)
	}
}

// Why whole operations have no plan.
var (
	errPlansOff = errors.New("plans are off (graphql.plans.enabled)")
	errNoQuery  = errors.New("it is no query")
)

// plan is the plan of an operation, or why it has none.
func (e *execution) plan(ctx context.Context, operation *graphql.OperationContext) (*plan.Plan, error) {
	switch {
	case e.planner == nil:
		return nil, errPlansOff
	case operation.Operation.Operation != ast.Query:
		return nil, errNoQuery
	}
	return e.besideOf(operation, spendingFrom(ctx)).plans.Of(operation)
}
