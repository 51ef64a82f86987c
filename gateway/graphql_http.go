package gateway

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/admission"
	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/graphqlhttp"
	"github.com/concierge-gateway/concierge/idempotency"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/passthrough/composed"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// endpoint speaks GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/): POST with JSON, and GET for queries.
// gqlgen's own transports show a caller the whole body that they could not read, and answer some errors with the wrong status.
type endpoint struct {
	execution  *execution
	answers    *answers.Cache
	hub        hub // of what subscriptions tell
	timeout    time.Duration
	door       *admission.Door
	keeping    *keeping.Door
	priorities admission.Operations
	sentOn     []string      // header fields that services are sent as the caller sent them
	patience   time.Duration // how long a client may take to read one part of an answer
}

// ServeHTTP answers one operation.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		refuse(w, r, problem.New(problem.MethodNotAllowed, "GraphQL is served by GET and POST"))
		return
	}
	if event := eventFrom(r.Context()); event != nil {
		e.tell(w, r, event)
		return
	}
	form, ok := graphqlhttp.Negotiate(r.Header.Values("Accept"))
	if r, ok = e.deliverable(r, ok); !ok && !takesEvents(r) {
		refuse(w, r, problem.New(problem.NotAcceptable, "answers are application/graphql-response+json or application/json"))
		return
	}
	params, err := graphqlhttp.Read(r)
	if err != nil {
		refuse(w, r, err)
		return
	}
	switch given, ok := e.execute(w, r, params); {
	case !ok:
	case form == "":
		e.aSinglePart(w, r, given)
	default:
		e.write(w, r, form, given)
	}
}

// through is the endpoint as routes reach it that are operations.
type through struct {
	*endpoint

	door *keeping.Door
}

var _ composed.Executor = through{}

// Execute implements composed.Executor.
func (t through) Execute(
	w http.ResponseWriter, r *http.Request, params *graphql.RawParams,
) (response *graphql.Response, terms keeping.Terms, ok bool) {
	given, ok := t.execute(w, asEndpoint(r), params)
	given.terms.Door = t.door
	return given.response, given.terms, ok
}

// execute runs an operation for a request. ok is false where the request has been answered already.
func (e *endpoint) execute(w http.ResponseWriter, r *http.Request, params *graphql.RawParams) (given answered, ok bool) {
	ctx, err := idempotency.Begin(r, auth.FromContext(r.Context()).ID)
	if err != nil {
		refuse(w, r, err)
		return given, false
	}
	began := time.Now()
	until := began.Add(e.timeout)
	operation, known, refused := e.execution.intake.take(ctx, began, params)
	if refused == nil && !fitting(ctx, w, r, operation) {
		return given, false
	}
	ctx, span := operating(ctx, operation)
	defer func() { endOperation(span, &given) }()
	if refused != nil {
		return e.turnDown(ctx, operation, nil, restate(refused, operation, params)), true
	}
	recordOperation(ctx, operation)
	audit.From(ctx).Operation(operation.Operation.Name)
	ctx = e.execution.tracing(ctx, operation)
	planning := span.Start("plan")
	ctx, spending, err := e.execution.reckon(ctx, operation, known)
	planning.End()
	recordCost(ctx, spending)
	if err != nil {
		return e.turnDown(ctx, operation, spending, gqlerror.List{{Err: err}}), true
	}
	if err := e.charge(ctx, w.Header(), operation, spending); err != nil {
		middleware.RecordFrom(ctx).Refused(err)
		return e.turnDown(ctx, operation, spending, gqlerror.List{{Err: err}}), true
	}
	defer correct(ctx, spending) // also where it does not run in the end
	if ctx, ok = e.door.Settle(ctx, w, r, e.priorities.Of(operation.Operation.Name)); !ok {
		return given, false
	}
	if eventFrom(ctx) == nil { // what an event is answered by, nobody asked for
		e.execution.count(r.Header, operation, spending)
	}
	if operation.Operation.Operation == ast.Subscription {
		return e.subscribe(ctx, r, operation, until)
	}
	given, sent, found := e.inParts(ctx, w, operation, spending, until)
	if sent {
		return given, false
	}
	if !found {
		given = e.answer(ctx, operation, spending, until)
	}
	e.execution.demands.spent(spending)
	recordCost(ctx, spending)
	given.response = tracingFrom(ctx).told(ctx, spending, spending.told(operation, given.response))
	return given, true
}

// fitting reports whether an operation may come by the way that it has come by. If not, the request has been answered.
func fitting(ctx context.Context, w http.ResponseWriter, r *http.Request, operation *graphql.OperationContext) bool {
	switch {
	case r.Method == http.MethodGet && !byGet(ctx, operation):
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, r, problem.New(problem.MethodNotAllowed, "GET is for queries: use POST"))
		return false
	case onlyReads(ctx) && operation.Operation.Operation != ast.Query:
		refuse(w, r, problem.New(problem.BadInput, "this tool only reads: send a query"))
		return false
	default:
		return true
	}
}

// turnDown answers an operation that does not run: without its variables nobody can tell what it would select.
func (e *endpoint) turnDown(
	ctx context.Context, operation *graphql.OperationContext, spending *spending, refused gqlerror.List,
) answered {
	operation.Operation = nil
	response := e.execution.exec.DispatchError(graphql.WithOperationContext(ctx, operation), refused)
	return answered{response: tracingFrom(ctx).told(ctx, spending, spending.told(operation, response))}
}

// marked is an answer that says which of its parts did not come from their services.
func marked(response *graphql.Response, notes []fallback.Note) *graphql.Response {
	if response != nil && len(notes) > 0 {
		if response.Extensions == nil {
			response.Extensions = make(map[string]any)
		}
		response.Extensions["fallback"] = notes
	}
	return response
}

// refuse answers a request that never became an operation.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	middleware.RecordFrom(r.Context()).Fail(problem.KindOf(err))
	problem.Write(w, err)
}

// write sends an answer, of which nobody has anything after that. Where that fails, its text is not used again: net/http's HTTP/2
// may still send from it then (go.dev/issue/20704). A client that has gone cannot be told so.
func (e *endpoint) write(w http.ResponseWriter, r *http.Request, form graphqlhttp.Form, given answered) {
	if err := e.send(w, r, form, given); err == nil {
		given.text.GiveBack()
	}
}

func (e *endpoint) send(w http.ResponseWriter, r *http.Request, form graphqlhttp.Form, given answered) error {
	response := given.response
	if response == nil {
		response = &graphql.Response{Errors: gqlerror.List{problem.Present(problem.New(problem.Cancelled, ""), "")}}
	}
	whole := len(response.Errors) == 0 && len(response.Extensions) == 0
	if whole {
		given.terms.Door = e.keeping // what is not whole, nobody keeps
	}
	header := w.Header()
	if given.terms.Tell(header, r) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body := given.body
	switch {
	case !whole:
		body = graphqlhttp.Encode(response)
	case body != nil:
	case given.text != nil:
		body = given.text.Bytes
	default:
		body = graphqlhttp.Encode(response)
	}
	said := []string{form.ContentType(), strconv.Itoa(len(body))} // one piece of memory for both fields
	header["Content-Type"], header["Content-Length"] = said[:1:1], said[1:]
	w.WriteHeader(graphqlhttp.Status(form, response))
	_, err := w.Write(body)
	return err
}
