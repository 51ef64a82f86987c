package graphqlhttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/pressure"
	"github.com/concierge-gateway/concierge/problem"
)

// Read reads the operation that a request asks for, whatever way it came. What it says of a bad one never quotes it.
func Read(r *http.Request) (*graphql.RawParams, error) {
	if r.Method == http.MethodGet {
		return readQuery(r)
	}
	return readBody(r)
}

// heldEach is what a byte of a body takes of memory: itself, its copy, and what becomes of variables. A list of nothing but
// empty lists takes more.
const heldEach = 8

func readBody(r *http.Request) (*graphql.RawParams, error) {
	// application/json is no simple content type, so a page of another origin cannot send it without asking first.
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, problem.New(problem.UnsupportedMediaType, "a request body is application/json in UTF-8")
	}
	body, err := readAll(pressure.Reader(r.Context(), r.Body, heldEach), r.ContentLength)
	if err != nil {
		return nil, middleware.BodyError(err)
	}
	switch first := bytes.TrimLeft(body, " \t\r\n"); {
	case len(first) == 0:
		return nil, problem.New(problem.BadInput, "the request body is empty")
	case first[0] == '[':
		return nil, problem.New(problem.BadInput, "batches of operations are not supported: send one JSON object")
	}
	out, sent, err := readMembers(body)
	if err != nil {
		return nil, err
	}
	out.Headers = r.Header
	if err := noteName(out, sent.id); err != nil {
		return nil, err
	}
	return out, checkDocument(out, sent.query)
}

// usual is the size that bodies have at most, as a rule.
const usual = 4 << 10

// readAll is io.ReadAll for what says how long it is, as far as that is believed before it has come: most bodies are read at once
// then.
func readAll(r io.Reader, length int64) ([]byte, error) {
	body := make([]byte, 0, min(max(length, 0), usual)+1)
	for {
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if errors.Is(err, io.EOF) {
			return body, nil
		}
		if err != nil {
			return nil, err //nolint:wrapcheck // as if it were called there
		}
		if len(body) == cap(body) {
			body = slices.Grow(body, len(body))
		}
	}
}

// named is what a body says of its document, besides its text.
type named struct {
	query bool    // it has one, if only an empty one
	id    *string // by which it is named
}

// readMembers reads the members of a body.
func readMembers(body []byte) (out *graphql.RawParams, sent named, err error) {
	out = new(graphql.RawParams)
	sent, ok := readPlainly(body, out)
	if !ok {
		out = new(graphql.RawParams)
		sent, err = readStrictly(body, out)
	}
	return out, sent, err
}

// readStrictly reads them by their very names: encoding/json by itself takes one in capitals for the same, which whoever looks at
// requests on their way does not.
func readStrictly(body []byte, out *graphql.RawParams) (sent named, err error) {
	var members map[string]json.RawMessage
	if err := decode(body, "the request", &members); err != nil {
		return sent, err
	}
	var query, operation *string
	for _, each := range []struct {
		name string
		into any
	}{
		{"query", &query},
		{documentID, &sent.id},
		{"operationName", &operation},
		{"variables", &out.Variables},
		{"extensions", &out.Extensions},
	} {
		text, ok := members[each.name]
		if !ok {
			continue
		}
		if err := decode(text, each.name, each.into); err != nil {
			return sent, err
		}
	}
	if query != nil {
		out.Query, sent.query = *query, true
	}
	if operation != nil {
		out.OperationName = *operation
	}
	return sent, nil
}

// readPlainly is readMembers for a body that needs no encoding/json.
func readPlainly(body []byte, out *graphql.RawParams) (sent named, ok bool) {
	p := &plain{text: body}
	ok = p.members(func(name string) (ok bool) {
		switch name {
		case "query":
			sent.query = true
			out.Query, ok = p.string()
		case documentID:
			sent.id = new(string)
			*sent.id, ok = p.string()
		case "operationName":
			if p.null() {
				return true
			}
			out.OperationName, ok = p.string()
		case "variables":
			if p.null() {
				return true
			}
			out.Variables, ok = p.values()
		case "extensions":
			if p.null() {
				return true
			}
			out.Extensions, ok = p.values()
		}
		return ok
	})
	return sent, ok
}

func isJSON(contentType string) bool {
	if contentType == "application/json" { // as nearly all clients say it
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	charset, named := params["charset"]
	return err == nil && media == "application/json" && (!named || strings.EqualFold(charset, "utf-8"))
}

func readQuery(r *http.Request) (*graphql.RawParams, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, problem.Wrap(problem.BadInput, err, "the query string is not well formed")
	}
	out := &graphql.RawParams{Query: query.Get("query"), OperationName: query.Get("operationName"), Headers: r.Header}
	for _, each := range []struct {
		name string
		into *map[string]any
	}{{"variables", &out.Variables}, {"extensions", &out.Extensions}} {
		if text := query.Get(each.name); text != "" {
			if *each.into, err = decodeValues([]byte(text), each.name); err != nil {
				return nil, err
			}
		}
	}
	var id *string
	if query.Has(documentID) {
		named := query.Get(documentID)
		id = &named
	}
	if err := noteName(out, id); err != nil {
		return nil, err
	}
	return out, checkDocument(out, query.Has("query"))
}

// decodeValues is decode for an object of any values, or null.
func decodeValues(text []byte, what string) (values map[string]any, err error) {
	if values, ok := (&plain{text: text}).all(); ok {
		return values, nil
	}
	err = decode(text, what, &values)
	return values, err
}

// decode reads one JSON value and keeps its numbers' digits. What it says of a bad one is what the value is, never its text.
func decode(text []byte, what string, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	err := dec.Decode(into)
	if _, mistyped := errors.AsType[*json.UnmarshalTypeError](err); mistyped {
		return problem.Wrap(problem.BadInput, err, what+" is of the wrong type")
	}
	if err != nil {
		return problem.Wrap(problem.BadInput, err, "the request is not valid JSON")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return problem.New(problem.BadInput, "the request has more behind its JSON object")
	}
	return nil
}
