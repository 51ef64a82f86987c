package composed

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
)

// Header fields that tell of an answer's parts.
const (
	// PartialHeader is true where a part failed.
	PartialHeader = "X-Concierge-Partial"
	// FallbackHeader names the services that did not answer and what answered in their place: user;source=static.
	FallbackHeader = "X-Concierge-Fallback"
)

// errorsMember is the member of a body that tells of failures.
const errorsMember = "errors"

// Answer writes what came of the operation, by the rules that the package tells. The response is the executor's, nil where the
// request's time was over before it began. The terms are those of its data: what is answered with another status than 200, or
// lacks a part, nobody keeps.
func (o *Operation) Answer(w http.ResponseWriter, r *http.Request, response *graphql.Response, terms keeping.Terms) {
	body, err := o.body(r, response)
	if err != nil {
		refuse(w, r, err)
		return
	}
	status := http.StatusOK
	if o.userErrors != "" && !isEmptyList(member(body, o.userErrors)) {
		status = http.StatusUnprocessableEntity
	}
	header := w.Header()
	if len(response.Errors) > 0 {
		o.noteLimited(response.Errors)
		header.Set(PartialHeader, "true")
		body = withFailures(body, o.failures(body, response.Errors))
	}
	if notes, ok := response.Extensions["fallback"].([]fallback.Note); ok && len(notes) > 0 {
		header.Set(FallbackHeader, sources(notes))
	}
	if status != http.StatusOK || len(response.Errors) > 0 || len(response.Extensions) > 0 {
		terms.Door = nil
	}
	terms.Everybody = terms.Everybody && len(o.Scopes) == 0 // others are refused, which a cache in between would not do
	if terms.Tell(header, r) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // it is JSON and says so, and a client that has gone cannot be told
}

// body is what is shown of a response, or why nothing is.
func (o *Operation) body(r *http.Request, response *graphql.Response) (jsontext.Value, error) {
	if response == nil {
		return nil, ended(r)
	}
	if wrong := o.wrongInput(response.Errors); wrong != nil {
		return nil, presented(wrong)
	}
	body := o.unwrap(jsontext.Value(response.Data))
	switch {
	case !o.isNothing(body):
		return body, nil
	case len(response.Errors) > 0:
		return nil, presented(response.Errors[0])
	default:
		return nil, problem.New(problem.NotFound, "")
	}
}

// wrongInput is an argument's complaint, which can only be about a variable: all else an operation says the same each time. A
// mutation may have been done in spite of it.
func (o *Operation) wrongInput(errs gqlerror.List) *gqlerror.Error {
	for _, err := range errs {
		if !o.Mutation && problem.KindOfGraphQL(err) == problem.BadInput {
			return err
		}
	}
	return nil
}

// noteLimited counts the fields that were read too often.
func (o *Operation) noteLimited(errs gqlerror.List) {
	if o.Limited == nil {
		return
	}
	fields := 0
	for _, err := range errs {
		if problem.KindOfGraphQL(err) == problem.RateLimited {
			fields++
		}
	}
	if fields > 0 {
		o.Limited(fields)
	}
}

// presented is an error, as the executor shows it, that the whole request fails with.
func presented(err *gqlerror.Error) error {
	shown := problem.New(problem.KindOfGraphQL(err), err.Message)
	known := problem.From(err)
	shown.RetryAfter, shown.Policies = known.RetryAfter, known.Policies
	return shown
}

// ended is why a request came to nothing. Unless its client left, it was the operation's own time that was over.
func ended(r *http.Request) error {
	if err := r.Context().Err(); err != nil {
		return err
	}
	return problem.New(problem.Timeout, "")
}

// unwrap is the part of the data that is the body. There is one member, and the executor writes no blanks, so that nothing needs
// to be read: what stands between the name and the last brace is its value.
func (o *Operation) unwrap(data jsontext.Value) jsontext.Value {
	if o.root == "" {
		return data
	}
	value, ok := bytes.CutPrefix(data, []byte(`{"`+o.root+`":`))
	if value, closed := bytes.CutSuffix(value, []byte("}")); ok && closed {
		return value
	}
	return member(data, o.root)
}

// isNothing reports whether every root is null, or there is no data at all.
func (o *Operation) isNothing(body jsontext.Value) bool {
	if len(body) == 0 || body.Kind() == 'n' {
		return true
	}
	if o.root != "" {
		return false
	}
	for _, value := range members(body) {
		if value.Kind() != 'n' {
			return false
		}
	}
	return true
}

func isEmptyList(value jsontext.Value) bool {
	return value.Kind() != '[' || len(bytes.Trim(value, "[] \t\r\n")) == 0
}

// sources writes notes as a list of structured fields. Services have the names of keys in the configuration, and sources those
// of this program, all of which are tokens.
func sources(notes []fallback.Note) string {
	items := make([]string, len(notes))
	for i, note := range notes {
		items[i] = fmt.Sprintf("%s;source=%s", note.Service, note.Source)
	}
	return strings.Join(items, ", ")
}

// refuse answers with a problem. A 401 says how to do better (RFC 9110, section 15.5.2).
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	kind := problem.KindOf(err)
	if header := w.Header(); kind == problem.Unauthenticated && header.Get("WWW-Authenticate") == "" {
		header.Set("WWW-Authenticate", auth.Challenge)
	}
	middleware.RecordFrom(r.Context()).Fail(kind)
	problem.Write(w, err)
}
