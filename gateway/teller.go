package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/events"
	"github.com/concierge-gateway/concierge/graphqlhttp"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/subscriptions"
)

// teller makes requests for a connection that stays open. Each is one of its client's like any other: it has an id, a line in the
// log and a trail, shows the connection's credential, is charged, and has a place while it runs.
type teller struct {
	*streams

	of     *http.Request // that opened the connection
	header http.Header   // what each request has of it
}

// notOfOperations are the fields of a request that are about the connection, or about one operation only.
func notOfOperations() []string {
	return []string{
		"Accept", "Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Expect",
		"Idempotency-Key", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Keep-Alive",
		"Last-Event-Id", "Range", "Sec-Websocket-Accept", "Sec-Websocket-Extensions", "Sec-Websocket-Key",
		"Sec-Websocket-Protocol", "Sec-Websocket-Version", "Te", "Traceparent", "Tracestate", "Trailer", "Transfer-Encoding",
		"Upgrade", problem.RequestIDHeader,
	}
}

func newTeller(s *streams, of *http.Request) *teller {
	header := of.Header.Clone()
	for _, name := range notOfOperations() {
		header.Del(name)
	}
	header.Set("Content-Type", "application/json")
	header.Set("Accept", string(graphqlhttp.GraphQLJSON))
	return &teller{streams: s, of: of, header: header}
}

// request is a request of the connection's client.
func (t *teller) request(ctx context.Context, body []byte) *http.Request {
	r := &http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: graphqlPath}, RequestURI: graphqlPath, Host: t.of.Host,
		Proto: t.of.Proto, ProtoMajor: t.of.ProtoMajor, ProtoMinor: t.of.ProtoMinor, RemoteAddr: t.of.RemoteAddr, TLS: t.of.TLS,
		Header: t.header.Clone(), Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	return r.WithContext(ctx)
}

// ask lets the edition in force answer a request. Whoever made it has no connection that could be given up where the handler
// panics.
func (t *teller) ask(what func(*streams) http.Handler, r *http.Request) (a *caught) {
	a = &caught{header: make(http.Header)}
	now := t.edition.enter()
	defer now.leave()
	if now.streams == nil {
		problem.Write(a, problem.New(problem.Unavailable, "")) // nobody is told any more
		return a
	}
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if cause != http.ErrAbortHandler { //nolint:errorlint // it is what is panicked with, and logged already
			t.log.ErrorContext(r.Context(), "operation panicked", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
		}
		a = &caught{header: a.header}
		problem.Write(a, problem.New(problem.Internal, ""))
	}()
	what(now.streams).ServeHTTP(a, r)
	return a
}

// check looks at the connection's credential again. What cannot be checked now is good for a while longer: each event asks anew.
func (t *teller) check(ctx context.Context) error {
	a := t.ask(rechecked, t.request(ctx, nil))
	if err := a.refusal(); err != nil && err.Kind != problem.Unavailable {
		return err
	}
	return nil
}

// tell reads what is told of an event.
func (t *teller) tell(ctx context.Context, query *eventQuery, e events.Event) subscriptions.Answer {
	subject := e.Subject()
	if subject.Kind != query.kind {
		return subscriptions.Answer{}
	}
	event := &event{params: &graphql.RawParams{
		Query: query.text, OperationName: query.name, Variables: query.variablesFor(subject.ID), Headers: t.header,
	}}
	a := t.ask(operated, t.request(withEvent(ctx, event), []byte("{}")))
	if event.response == nil {
		return untold(a.refusal())
	}
	return toldBy(query, event.response)
}

// untold is what it means that the query for an event was refused.
func untold(err *problem.Error) subscriptions.Answer {
	switch {
	case err == nil:
		err = problem.New(problem.Internal, "")
	case err.Kind == problem.Unauthenticated:
		return subscriptions.Answer{Over: err, Reason: subscriptions.Expired}
	case err.Kind == problem.Forbidden:
		return subscriptions.Answer{Over: err, Reason: subscriptions.Denied}
	}
	return subscriptions.Answer{Payload: answerOf(errorsOf(err))} // something has happened, but nobody can say now how things are
}

// toldBy is what is told of an answer.
func toldBy(query *eventQuery, response *graphql.Response) subscriptions.Answer {
	for _, err := range response.Errors {
		err.Locations = nil // they are those of another text than the client's
	}
	if query.gone(response.Data) {
		if over := overBy(response); over != nil {
			return subscriptions.Answer{Over: over, Reason: subscriptions.Denied}
		}
	}
	if response.Data == nil && len(response.Errors) > 0 && response.Errors[0].Extensions["code"] == problem.Unauthenticated.Code() {
		return subscriptions.Answer{
			Over: problem.New(problem.Unauthenticated, response.Errors[0].Message), Reason: subscriptions.Expired,
		}
	}
	return subscriptions.Answer{Payload: graphqlhttp.Encode(response)}
}

// overBy is why a subscription is over whose record is null: it may not be seen any more, or there is none. Neither shows which
// of the two. A record that could not be read may come back.
func overBy(response *graphql.Response) error {
	if len(response.Errors) == 0 {
		return problem.New(problem.Forbidden, "there is nothing more to be told of")
	}
	for _, err := range response.Errors {
		switch kind := problem.KindOfGraphQL(err); {
		case len(err.Path) != 1:
		case kind == problem.Forbidden || kind == problem.Unauthenticated:
			return problem.New(kind, err.Message)
		}
	}
	return nil
}

// caught is an answer that is not written to anybody.
type caught struct {
	header http.Header
	status int
	body   bytes.Buffer
}

var _ http.ResponseWriter = (*caught)(nil)

// Header implements http.ResponseWriter.
func (a *caught) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *caught) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *caught) Write(text []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(text)
}

// whole reports whether the operation ran: what it has to say is an answer, whatever its errors are.
func (a *caught) whole() bool { return a.status == http.StatusOK }

// refusal is the problem that the request was answered with before it was an operation, nil where there is none.
func (a *caught) refusal() *problem.Error {
	if a.header.Get("Content-Type") != problem.ContentType {
		return nil
	}
	var said struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
	if json.Unmarshal(a.body.Bytes(), &said) != nil {
		return problem.New(problem.Internal, "")
	}
	for _, kind := range problem.Kinds() {
		if kind.Code() == said.Code {
			return problem.New(kind, said.Detail)
		}
	}
	return problem.New(problem.Internal, "")
}

// errors are the errors of an operation that did not run, as a JSON array.
func (a *caught) errors() json.RawMessage {
	if err := a.refusal(); err != nil {
		return errorsOf(problem.Present(err, a.header.Get(problem.RequestIDHeader)))
	}
	var said struct {
		Errors json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(a.body.Bytes(), &said) != nil || len(said.Errors) == 0 {
		return errorsOf(problem.New(problem.Internal, ""))
	}
	return said.Errors
}

// errorsOf are the errors of an answer that has one, as a JSON array.
func errorsOf(err error) json.RawMessage {
	text, _ := json.Marshal([]any{problem.Present(err, "")}) //nolint:errchkjson // strings and numbers always marshal
	return text
}

// answerOf is an answer that has nothing but errors, as JSON.
func answerOf(errors json.RawMessage) []byte {
	return append(append([]byte(`{"errors":`), errors...), '}')
}

// event is what is read of one.
type event struct {
	params   *graphql.RawParams
	response *graphql.Response // nil where the query did not become an operation
}

type eventKey struct{}

// asEvent lets documents pass that nobody sent.
func asEvent(ctx context.Context) context.Context { return context.WithValue(ctx, endpointKey{}, true) }

func withEvent(ctx context.Context, e *event) context.Context {
	return context.WithValue(asEvent(ctx), eventKey{}, e)
}

// eventFrom is nil for what a client asks for by itself.
func eventFrom(ctx context.Context) *event {
	e, _ := ctx.Value(eventKey{}).(*event)
	return e
}
