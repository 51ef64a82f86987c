package gateway

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/lent"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// answered is an answer as one request gets it.
type answered struct {
	response *graphql.Response
	body     []byte     // the response as JSON, where that is there already
	text     *lent.Text // the same, where it is in memory that is given back when it was sent
	terms    keeping.Terms
}

// answer answers an operation that may run, by what is known, by what somebody else is finding out, or by running it.
func (e *endpoint) answer(
	ctx context.Context, operation *graphql.OperationContext, spending *spending, until time.Time,
) answered {
	if operation.Operation.Operation != ast.Query || asksForPlan(operation) {
		ctx, cancel := context.WithDeadline(ctx, until)
		defer cancel()
		tracingFrom(ctx).ran()
		executed := e.run(ctx, operation)
		if operation.Operation.Operation != ast.Query {
			e.answers.Changed()
		}
		return answered{response: marked(executed.Response, executed.Notes)}
	}
	by := e.execution.besideOf(operation, spending)
	q := &asking{endpoint: e, ctx: ctx, operation: operation, spending: spending}
	q.Question = answers.Question{
		Asker: q, Policy: by.policies.Of(operation, e.execution.reads(operation, by)),
		Name: operation.Operation.Name, Variables: operation.Variables, Until: until,
	}
	given := e.answers.Answer(ctx, &q.Question)
	tracingFrom(ctx).came(given)
	recordCame(ctx, given)
	return answered{response: handedOut(ctx, given, spending), body: given.Body, text: given.Text, terms: given.Terms}
}

// asking is a request that asks for the answer to its operation.
type asking struct {
	answers.Question
	*endpoint

	ctx       context.Context //nolint:containedctx // the request's, which says who asks
	operation *graphql.OperationContext
	spending  *spending
}

var _ answers.Asker = (*asking)(nil)

// Caller implements answers.Asker.
func (a *asking) Caller() sharing.Caller { return a.callerOf(a.ctx) }

// Run implements answers.Asker.
func (a *asking) Run(ctx context.Context) answers.Executed { return a.run(ctx, a.operation) }

// Again implements answers.Asker.
func (a *asking) Again(ctx context.Context) answers.Executed {
	return a.run(untraced(a.spending.again(ctx)), a.operation)
}

// besideOf is what lies beside the operation's document.
func (e *execution) besideOf(operation *graphql.OperationContext, spending *spending) *beside {
	if spending != nil {
		return spending.beside
	}
	return e.beside(operation, nil)
}

// run executes an operation.
func (e *endpoint) run(ctx context.Context, operation *graphql.OperationContext) answers.Executed {
	trail := audit.From(ctx)
	before := trail.Denied()
	ctx, notes := fallback.Collect(ctx)
	response, text := e.execution.respond(ctx, operation)
	return answers.Executed{
		Response: response, Text: text, Notes: notes.All(), Cost: spendingFrom(ctx).cost(), Denied: trail.Denied() != before,
	}
}

// handedOut is an answer as this request's: others may have the one that was given. Errors that were found out for another
// request tell of this one, and count for it.
func handedOut(ctx context.Context, given answers.Given, spending *spending) *graphql.Response {
	switch {
	case given.Response == nil:
		return nil
	case given.Terms.Found: // it was made for this request
		spending.shared(given.Cost)
		return given.Response
	}
	response := &graphql.Response{
		Data: given.Response.Data, Errors: given.Response.Errors, Extensions: maps.Clone(given.Response.Extensions),
	}
	if !given.Own {
		spending.shared(given.Cost)
		response.Errors = retold(ctx, given.Response.Errors)
	}
	return marked(response, given.Notes)
}

// retold are errors as another request is told of them.
func retold(ctx context.Context, errs gqlerror.List) gqlerror.List {
	if len(errs) == 0 {
		return nil
	}
	record, id := middleware.RecordFrom(ctx), correlation.From(ctx).RequestID
	all := make(gqlerror.List, len(errs))
	for i, err := range errs {
		all[i] = problem.Present(err, id)
		record.AddError(problem.KindOfGraphQL(all[i]))
	}
	return all
}

// asksForPlan reports whether the caller wants to know how the answer comes about.
func asksForPlan(operation *graphql.OperationContext) bool {
	asked, _ := operation.Extensions[planExtension].(bool)
	return asked
}

// callerOf is who asks, with all that an answer could depend on: what the gateway decides by, and what services are sent. The
// names of the former are none that header fields could have.
func (e *endpoint) callerOf(ctx context.Context) sharing.Caller {
	known, _ := ctx.Value(identity.Key{}).(*identity.Caller)
	principal := auth.FromContext(ctx)
	sent := http.Header{
		"caller id": {principal.ID}, "caller scopes": principal.Scopes, "caller method": {string(principal.Method)},
		"caller plan": {principal.Plan}, "caller client": {principal.Client}, "caller tenant": {principal.Tenant},
	}
	if known != nil {
		for _, name := range e.sentOn {
			sent[name] = known.Sent[name]
		}
	}
	return sharing.Caller{Known: known, Sent: sent}
}
