package graphqlhttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
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
	body, err := io.ReadAll(pressure.Reader(r.Context(), r.Body, heldEach))
	if err != nil {
		return nil, middleware.BodyError(err)
	}
	switch first := bytes.TrimLeft(body, " \t\r\n"); {
	case len(first) == 0:
		return nil, problem.New(problem.BadInput, "the request body is empty")
	case first[0] == '[':
		return nil, problem.New(problem.BadInput, "batches of operations are not supported: send one JSON object")
	}
	return readMembers(r, body)
}

// readMembers reads the members of a body by their very names: encoding/json by itself takes one in capitals for the same, which
// whoever looks at requests on their way does not.
func readMembers(r *http.Request, body []byte) (*graphql.RawParams, error) {
	var sent map[string]json.RawMessage
	if err := decode(body, "the request", &sent); err != nil {
		return nil, err
	}
	out := &graphql.RawParams{Headers: r.Header}
	var query, id, operation *string
	for _, each := range []struct {
		name string
		into any
	}{
		{"query", &query},
		{documentID, &id},
		{"operationName", &operation},
		{"variables", &out.Variables},
		{"extensions", &out.Extensions},
	} {
		text, ok := sent[each.name]
		if !ok {
			continue
		}
		if err := decode(text, each.name, each.into); err != nil {
			return nil, err
		}
	}
	if query != nil {
		out.Query = *query
	}
	if operation != nil {
		out.OperationName = *operation
	}
	if err := noteName(out, id); err != nil {
		return nil, err
	}
	return out, checkDocument(out, query != nil)
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
	out := &graphql.RawParams{Query: query.Get("query"), OperationName: query.Get("operationName"), Headers: r.Header}
	for _, each := range []struct {
		name string
		into *map[string]any
	}{{"variables", &out.Variables}, {"extensions", &out.Extensions}} {
		if text := query.Get(each.name); text != "" {
			if err := decode([]byte(text), each.name, each.into); err != nil {
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
