package graphqlhttp

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/problem"
)

// secret stands in all that strangers send. No error for them may hold it.
const secret = "Canary7731"

// FuzzRead sends whatever a stranger may, with the canary in the place of ~.
func FuzzRead(f *testing.F) {
	for _, seed := range []struct{ method, contentType, query, body string }{
		{"POST", "application/json", "", `{"query": "{ me { id } }", "variables": {"~": 1}, "operationName": "~"}`},
		{"POST", "application/json; charset=utf-8", "query=x", `{"query": 1, "~": "~"}`},
		{"POST", "application/json", "", `[{"query": "~"}, 2, "~"]`},
		{"POST", "application/json; charset=~", "", `{"query": "~"`},
		{"POST", "text/~", "", `{}`},
		{"POST", "application/json", "", `{"variables": "~", "query": ""} ~`},
		{"POST", "application/json", "", `{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "~"}}}`},
		{"POST", "application/json", "", `{"documentId": "sha256:~", "query": null, "id": 7}`},
		{"GET", "", "query=%7Bme%7Bid%7D%7D&variables=%7B%22~%22%3A1%7D&operationName=~", ""},
		{"GET", "", "query=~&variables=~&extensions=~", ""},
		{"GET", "", "query=%zz~;&~=&query=2", ""},
		{"HEAD", "", "documentId=~", ""},
		{"", "", "", ""},
	} {
		f.Add(seed.method, seed.contentType, seed.query, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, contentType, query, body string) {
		put := func(text string) string { return strings.ReplaceAll(text, "~", secret) }
		r := sent(http.MethodPost, put(contentType), put(body))
		r.Method, r.URL = method, &url.URL{Path: "/graphql", RawQuery: put(query)}
		quotes := func(err error) bool {
			return strings.Contains(problem.From(err).Public(), secret) || problem.KindOf(err) == problem.Internal
		}
		if requests, batch, err := (Batching{Max: 10, Bytes: 1 << 20}).ReadBatch(r); batch {
			switch {
			case err != nil && quotes(err):
				t.Errorf("a batch is refused with %v", err)
			case err == nil && (len(requests) == 0 || len(requests) > 10):
				t.Errorf("a batch has %d requests", len(requests))
			}
			for _, each := range requests {
				if !json.Valid(each) {
					t.Errorf("a request of a batch is %q", each)
				}
			}
			return
		}
		params, err := Read(r)
		switch {
		case err != nil && quotes(err):
			t.Errorf("it is refused with %v", err)
		case err == nil && params == nil:
			t.Error("it is neither read nor refused")
		}
	})
}
