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
	"github.com/concierge-gateway/concierge/problem"
)

// Read reads the operation that a request asks for, whatever way it came. What it says of a bad one never quotes it.
func Read(r *http.Request) (*graphql.RawParams, error) {
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
