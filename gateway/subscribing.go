package gateway

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/events"
	"github.com/concierge-gateway/concierge/graphqlhttp"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/resolvers"
	"github.com/concierge-gateway/concierge/subscriptions"
)

// hub tells of what happens at the services. *events.Hub is one.
type hub interface {
	SubscribeTo(types []string, topics ...events.Topic) *events.Subscription
}

// starting is a request whose client takes answers one by one, and what it has become where it was a subscription.
type starting struct {
	teller  *teller
	connect func(ctx context.Context) (*subscriptions.Connection, error) // the connection that it counts for
	own     bool                                                         // the connection is for this one alone

	// What follows is set where a subscription was let in.
	connection *subscriptions.Connection
	telling    *subscriptions.Telling
	operation  string // its name, as its client wrote it
}

type startingKey struct{}

// startingFrom is nil for a request whose client wants one answer.
func startingFrom(ctx context.Context) *starting {
	s, _ := ctx.Value(startingKey{}).(*starting)
	return s
}

// subscribing finds out who may be told, by running the field of a subscription. It answers with errors, or with the extension
// that resolvers.Subscribed reads.
func (e *execution) subscribing(ctx context.Context) *graphql.Response {
	operation := graphql.GetOperationContext(ctx)
	return e.fields.answer(ctx, func(ctx context.Context) *graphql.Response {
		fields := graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{subscriptionType})
		if len(fields) != 1 || fields[0].Definition == nil || kindsTold[fields[0].Name].kind == "" {
			graphql.AddError(ctx, problem.New(problem.ValidationFailed, "a subscription has one field, and no other at its root"))
			return &graphql.Response{}
		}
		e.ExecutableSchema.Exec(ctx) // what it would read events from stays unread
		return &graphql.Response{}
	})
}

// subscribe runs the field of a subscription: who may not be told, gets to know no more than whoever asks for the record.
func (f *fields) subscribe(ctx context.Context, next graphql.Resolver) (any, error) {
	decision, err := f.enforcer.Before(ctx)
	if err != nil || decision.Final || decision.Withheld() {
		return nil, err
	}
	if err := f.reads.Admit(ctx); err != nil {
		return nil, err
	}
	return next(ctx)
}

// subscribe lets a subscription in, or says why not. ok is false where it was let in: its client is not answered yet.
func (e *endpoint) subscribe(
	ctx context.Context, r *http.Request, operation *graphql.OperationContext, until time.Time,
) (given answered, ok bool) {
	start := startingFrom(ctx)
	if start == nil {
		return e.notSubscribed(ctx, operation, problem.New(problem.NotAcceptable,
			"a subscription is answered by text/event-stream, or over a WebSocket by graphql-transport-ws"))
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	executed := e.run(ctx, operation)
	if executed.Response == nil {
		return answered{}, true
	}
	id, found := resolvers.Subscribed(executed.Response.Extensions)
	switch {
	case len(executed.Response.Errors) > 0:
		return answered{response: &graphql.Response{Errors: executed.Response.Errors}}, true
	case !found:
		return e.notSubscribed(ctx, operation, problem.New(problem.NotFound, "there is no such order"))
	}
	query, err := e.eventQuery(ctx, operation)
	if err != nil {
		return e.notSubscribed(ctx, operation, err)
	}
	if err := start.begin(r, e.hub, query, events.Topic{Kind: topicKind, ID: int64(id)}); err != nil {
		return e.notSubscribed(ctx, operation, err)
	}
	return answered{}, false
}

// notSubscribed answers a subscription that was not let in, as the field's error where it has one.
func (e *endpoint) notSubscribed(ctx context.Context, operation *graphql.OperationContext, err error) (answered, bool) {
	refused := &gqlerror.Error{Err: err}
	if fields := graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{subscriptionType}); len(fields) == 1 {
		refused.Path = ast.Path{ast.PathName(fields[0].Alias)}
		if at := fields[0].Position; at != nil {
			refused.Locations = []gqlerror.Location{{Line: at.Line, Column: at.Column}}
		}
	}
	response := e.execution.exec.DispatchError(graphql.WithOperationContext(ctx, operation), gqlerror.List{refused})
	return answered{response: response}, true
}

// begin counts the subscription and begins to take notice of what a hub tells of.
func (s *starting) begin(r *http.Request, from hub, query *eventQuery, topic events.Topic) error {
	ctx := r.Context()
	connection, err := s.connect(ctx)
	if err != nil {
		return err
	}
	end, err := connection.Subscribe()
	if err != nil {
		if s.own {
			connection.Close(subscriptions.Refused)
		}
		return err
	}
	s.connection, s.operation = connection, query.name
	s.telling = &subscriptions.Telling{
		Source: from.SubscribeTo(query.types, topic), Until: auth.FromContext(ctx).Until, End: end, Check: s.teller.check,
		Answer: func(ctx context.Context, e events.Event) subscriptions.Answer { return s.teller.tell(ctx, query, e) },
	}
	return nil
}

// variablesFor are the variables of the query for one event.
func (q *eventQuery) variablesFor(id int64) map[string]any {
	variables := maps.Clone(q.variables)
	if variables == nil {
		variables = make(map[string]any, 1)
	}
	variables[q.id] = formatID(id)
	return variables
}

// tell answers the query for an event.
func (e *endpoint) tell(w http.ResponseWriter, r *http.Request, told *event) {
	if given, ok := e.execute(w, r, told.params); ok {
		told.response = given.response
	}
}

// takesEvents reports whether a client takes an answer as events.
func takesEvents(r *http.Request) bool {
	return startingFrom(r.Context()) != nil && graphqlhttp.WantsEvents(r.Header)
}

// byGet reports whether an operation may be asked for by GET: it changes nothing.
func byGet(ctx context.Context, operation *graphql.OperationContext) bool {
	kind := operation.Operation.Operation
	return kind == ast.Query || kind == ast.Subscription && startingFrom(ctx) != nil
}
