package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/admission"
	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/idempotency"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/passthrough/composed"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// endpoint speaks GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/): POST with JSON, and GET for queries.
// gqlgen's own transports show a caller the whole body that they could not read, and answer some errors with the wrong status.
type endpoint struct {
	exec       *executor.Executor
	execution  *execution
	answers    *answers.Cache
	timeout    time.Duration
	door       *admission.Door
	keeping    *keeping.Door
	priorities admission.Operations
	sentOn     []string // header fields that services are sent as the caller sent them
}

// ServeHTTP answers one operation.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		refuse(w, r, problem.New(problem.MethodNotAllowed, "GraphQL is served by GET and POST"))
		return
	}
	form, ok := negotiate(r.Header.Values("Accept"))
	if !ok {
		refuse(w, r, problem.New(problem.NotAcceptable, "answers are application/graphql-response+json or application/json"))
		return
	}
	params, err := readParams(r)
	if err != nil {
		refuse(w, r, err)
		return
	}
	if given, ok := e.execute(w, r, params); ok {
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
	given, ok := t.execute(w, r, params)
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
	until := time.Now().Add(e.timeout)
	ctx = graphql.StartOperationTrace(ctx)
	operation, refused := e.exec.CreateOperationContext(ctx, params)
	if refused == nil && r.Method == http.MethodGet && operation.Operation.Operation != ast.Query {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, r, problem.New(problem.MethodNotAllowed, "GET is for queries: use POST"))
		return given, false
	}
	if refused != nil {
		return e.turnDown(ctx, operation, nil, restate(refused, operation, params)), true
	}
	middleware.RecordFrom(ctx).SetOperation(operation.Operation.Name)
	audit.From(ctx).Operation(operation.Operation.Name)
	ctx, spending, err := e.execution.reckon(ctx, operation)
	if err != nil {
		return e.turnDown(ctx, operation, spending, gqlerror.List{{Err: err}}), true
	}
	if err := e.charge(ctx, w.Header(), operation, spending); err != nil {
		return e.turnDown(ctx, operation, spending, gqlerror.List{{Err: err}}), true
	}
	defer correct(ctx, spending) // also where it does not run in the end
	if ctx, ok = e.door.Settle(ctx, w, r, e.priorities.Of(operation.Operation.Name)); !ok {
		return given, false
	}
	given = e.answer(ctx, operation, spending, until)
	e.execution.demands.spent(spending)
	given.response = spending.told(operation, given.response)
	return given, true
}

// turnDown answers an operation that does not run: without its variables nobody can tell what it would select.
func (e *endpoint) turnDown(
	ctx context.Context, operation *graphql.OperationContext, spending *spending, refused gqlerror.List,
) answered {
	operation.Operation = nil
	response := e.exec.DispatchError(graphql.WithOperationContext(ctx, operation), refused)
	return answered{response: spending.told(operation, response)}
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

// readParams reads the request, whatever way it came. What it says of a bad one never quotes it.
func readParams(r *http.Request) (*graphql.RawParams, error) {
	if r.Method == http.MethodGet {
		return readQuery(r)
	}
	return readBody(r)
}

func readBody(r *http.Request) (*graphql.RawParams, error) {
	// application/json is no simple content type, so a page of another origin cannot send it without asking first.
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, problem.New(problem.UnsupportedMediaType, "a request body is application/json in UTF-8")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, middleware.BodyError(err)
	}
	switch first := bytes.TrimLeft(body, " \t\r\n"); {
	case len(first) == 0:
		return nil, problem.New(problem.BadInput, "the request body is empty")
	case first[0] == '[':
		return nil, problem.New(problem.BadInput, "batches of operations are not supported: send one JSON object")
	}
	var sent struct {
		Query         *string        `json:"query"`
		OperationName *string        `json:"operationName"`
		Variables     map[string]any `json:"variables"`
		Extensions    map[string]any `json:"extensions"`
	}
	if err := decode(body, &sent); err != nil {
		return nil, err
	}
	if sent.Query == nil {
		return nil, problem.New(problem.BadInput, "the request has no query")
	}
	out := &graphql.RawParams{Query: *sent.Query, Variables: sent.Variables, Extensions: sent.Extensions, Headers: r.Header}
	if sent.OperationName != nil {
		out.OperationName = *sent.OperationName
	}
	return out, nil
}

func isJSON(contentType string) bool {
	media, params, err := mime.ParseMediaType(contentType)
	charset, named := params["charset"]
	return err == nil && media == "application/json" && (!named || strings.EqualFold(charset, "utf-8"))
}

func readQuery(r *http.Request) (*graphql.RawParams, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, problem.Wrap(problem.BadInput, err, "the query string is not well formed")
	}
	if !query.Has("query") {
		return nil, problem.New(problem.BadInput, "the request has no query")
	}
	out := &graphql.RawParams{Query: query.Get("query"), OperationName: query.Get("operationName"), Headers: r.Header}
	for _, each := range []struct {
		name string
		into *map[string]any
	}{{"variables", &out.Variables}, {"extensions", &out.Extensions}} {
		if text := query.Get(each.name); text != "" {
			if err := decode([]byte(text), each.into); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// decode reads one JSON value and keeps its numbers' digits. The message names a place and a type, never the text.
func decode(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	err := dec.Decode(into)
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mistyped):
		where := mistyped.Field
		if where == "" {
			where = "the request"
		}
		return problem.Wrap(problem.BadInput, err, where+" is of the wrong type")
	case err != nil:
		return problem.Wrap(problem.BadInput, err, "the request is not valid JSON")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return problem.New(problem.BadInput, "the request has more behind its JSON object")
	}
	return nil
}

// write sends an answer. data stands last and is spliced in as gqlgen made it: going through encoding/json would read it again.
func (e *endpoint) write(w http.ResponseWriter, r *http.Request, form mediaType, given answered) {
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
		return
	}
	body := given.body
	if body == nil || !whole {
		body = encode(response)
	}
	header.Set("Content-Type", string(form)+"; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status(form, response))
	_, _ = w.Write(body) // a client that has gone cannot be told so
}

func encode(response *graphql.Response) []byte {
	var buf bytes.Buffer
	buf.Grow(len(response.Data) + 64)
	sep := byte('{')
	member := func(name string, value []byte) {
		buf.WriteByte(sep)
		buf.WriteString(name)
		buf.Write(value)
		sep = ','
	}
	if len(response.Errors) > 0 {
		errs, _ := json.Marshal(response.Errors) //nolint:errchkjson // strings, numbers and maps of them always marshal
		member(`"errors":`, errs)
	}
	if response.Data != nil {
		member(`"data":`, response.Data)
	}
	if len(response.Extensions) > 0 {
		if extensions, err := json.Marshal(response.Extensions); err == nil {
			member(`"extensions":`, extensions)
		}
	}
	buf.WriteByte('}')
	return buf.Bytes()
}

// status is 200 for whatever was executed. A request that was refused says so by status only in the media type that was made
// for it: application/json answers are 200, because an intermediary may have made any other (section 6.4.1 of the draft). Who
// asks too often is told by the status in any case, since that is what clients wait for.
func status(form mediaType, response *graphql.Response) int {
	if response.Data != nil || len(response.Errors) == 0 {
		return http.StatusOK
	}
	kind := problem.KindOfGraphQL(response.Errors[0])
	if form == plainJSON && kind != problem.RateLimited && kind != problem.CapacityReduced {
		return http.StatusOK
	}
	return kind.Status()
}
