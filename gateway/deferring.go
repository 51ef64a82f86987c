package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/graphqlhttp"
	"github.com/concierge-gateway/concierge/incremental"
	"github.com/concierge-gateway/concierge/plan"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

type deliveryKey struct{}

// deliverable notes how a request's client takes an answer that comes in parts, where it does. ok is whether there is an answer
// that it takes.
func (e *endpoint) deliverable(r *http.Request, whole bool) (noted *http.Request, ok bool) {
	delivery, taken := graphqlhttp.NegotiateParts(r.Header.Values("Accept"))
	if !taken || !e.execution.settings.Defer.Enabled {
		return r, whole
	}
	return facts.Add(r, deliveryKey{}, delivery), true
}

// inParts answers an operation in parts, as far as its document and its client want that. ok is false where the answer comes as a
// whole, and is to be found out by somebody else. What is whole after all is given; what came in parts has been sent.
func (e *endpoint) inParts(
	ctx context.Context, w http.ResponseWriter, operation *graphql.OperationContext, spending *spending, until time.Time,
) (given answered, sent, ok bool) {
	planned := e.execution.inParts(ctx, operation, spending)
	if planned == nil {
		return given, false, false
	}
	delivery, _ := ctx.Value(deliveryKey{}).(graphqlhttp.Delivery)
	ctx, cancel := context.WithDeadline(graphql.WithOperationContext(ctx, operation), until)
	ctx, notes := fallback.Collect(ctx)
	d := &deferring{
		endpoint: e, delivery: delivery, operation: operation, spending: spending, notes: notes, until: until.Add(e.patience),
	}
	d.planned, d.answer = planned, e.execution.planner.RunInParts(ctx, planned, delivery.Format, e.execution.fresh)
	defer func() {
		cancel() // whoever has left keeps nothing running
		d.answer.Close()
	}()
	tracingFrom(ctx).ran()
	e.execution.metrics.Planned.Inc()
	first := d.answer.Next()
	if !first.More {
		d.reckon()
		response := &graphql.Response{Data: first.Data, Errors: first.Errors}
		return answered{response: marked(response, notes.All())}, false, true
	}
	d.send(ctx, w, first)
	e.execution.demands.spent(spending)
	return given, true, true
}

// deferring is an answer on its way.
type deferring struct {
	*endpoint

	delivery  graphqlhttp.Delivery
	operation *graphql.OperationContext
	spending  *spending
	notes     *fallback.Notes
	planned   *plan.Plan
	answer    *plan.InParts
	until     time.Time // in which the client must have read it
}

// send sends the payloads, each when it is there. Who can no longer be written to gets no more, and nothing more is asked for.
func (d *deferring) send(ctx context.Context, w http.ResponseWriter, next *incremental.Payload) {
	w.Header().Add("Vary", "Accept")
	out, err := d.delivery.Begin(w, d.patience)
	if err == nil {
		out.Until(d.until)
	}
	for ; err == nil && next != nil; next = d.answer.Next() {
		if !next.More {
			d.reckon()
			next.Extensions = d.extensions(ctx)
		}
		err = out.Next(d.delivery.Format.Encode(next), !next.More)
	}
	if err != nil {
		d.reckon()
	}
}

// extensions are those of the whole answer, which its last payload has.
func (d *deferring) extensions(ctx context.Context) map[string]any {
	response := marked(new(graphql.Response), d.notes.All())
	return tracingFrom(ctx).told(ctx, d.spending, d.spending.told(d.operation, response)).Extensions
}

// reckon notes what the operation cost, when no more of its answer comes.
func (d *deferring) reckon() {
	if d.spending == nil {
		return
	}
	counts, hides := d.answer.Counts(nil)
	if hides {
		d.spending.hide()
	}
	meter := d.spending.beside.trees.Of(d.operation).Meter(d.planned.Places())
	d.spending.Took(meter.Cost(counts, d.operation.Variables))
}

// inParts is the plan by which an operation is answered in parts, nil where its answer comes as a whole.
func (e *execution) inParts(ctx context.Context, operation *graphql.OperationContext, spending *spending) *plan.Plan {
	if spending != nil {
		return spending.parts // which was found out when it was reckoned
	}
	return e.planInParts(ctx, operation, nil)
}

// divide reckons with an answer in parts where there will be one: each part makes calls of its own, but none without a key. What
// would be over a limit only because of that comes as a whole.
func (e *execution) divide(ctx context.Context, operation *graphql.OperationContext, s *spending) {
	planned := e.planInParts(ctx, operation, s)
	if planned == nil {
		return
	}
	d, more := e.demands, s.Estimated
	more.Calls = min(more.Calls*int64(planned.Lanes()), more.Keys)
	if d.config.Mode == demand.Enforce && d.limits(ctx).Over(d.config.Limits).Exceeded(more) != nil {
		return
	}
	s.Estimated, s.parts = more, planned
}

// planInParts is the plan by which an operation can be answered in parts, nil where there is none or nobody wants that.
func (e *execution) planInParts(ctx context.Context, operation *graphql.OperationContext, spending *spending) *plan.Plan {
	_, taken := ctx.Value(deliveryKey{}).(graphqlhttp.Delivery)
	if !taken || asksForPlan(operation) ||
		e.planner == nil || operation.Operation.Operation != ast.Query || !incremental.Used(operation.Doc) {
		return nil
	}
	return e.besideOf(operation, spending).plans.InParts(operation)
}

// aSinglePart writes a whole answer for a client that takes none but those that come in parts. What was refused is told by its
// status, which says more than none of the forms that the client takes; but the protocol of event streams wants an event.
func (e *endpoint) aSinglePart(w http.ResponseWriter, r *http.Request, given answered) {
	response := given.response
	if response == nil || response.Data == nil && !takesEvents(r) {
		e.write(w, r, graphqlhttp.GraphQLJSON, given)
		return
	}
	delivery, taken := r.Context().Value(deliveryKey{}).(graphqlhttp.Delivery)
	if !taken {
		delivery.Events = true // it was let in for those
	}
	w.Header().Add("Vary", "Accept")
	text := graphqlhttp.Encode(response)
	if !delivery.Events {
		text = delivery.Format.Encode(&incremental.Payload{
			First: true, Data: response.Data, Errors: response.Errors, Extensions: response.Extensions,
		})
	}
	if out, err := delivery.Begin(w, e.patience); err == nil {
		_ = out.Next(text, true) // a client that has gone cannot be told so
	}
}
