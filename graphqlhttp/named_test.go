package graphqlhttp

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestARequestNamesItsDocument(t *testing.T) {
	const apollo = `{"persistedQuery":{"version":1,"sha256Hash":"abc"}}`
	for name, tt := range map[string]struct{ members, id, query string }{
		"by documentId":            {`"documentId":"sha256:abc"`, "sha256:abc", ""},
		"as Apollo does":           {`"extensions":` + apollo, "abc", ""},
		"in both ways":             {`"documentId":"sha256:abc","extensions":` + apollo, "sha256:abc", ""},
		"and sends it besides":     {`"query":"{a}","extensions":` + apollo, "abc", "{a}"},
		"or does not":              {`"query":"{a}"`, "", "{a}"},
		"or does not, with null":   {`"query":"{a}","documentId":null,"extensions":{"persistedQuery":null}`, "", "{a}"},
		"or as nobody understands": {`"query":"{a}","extensions":{"documentId":"abc"}`, "", "{a}"},
		"with an empty query":      {`"query":"","documentId":"abc"`, "abc", ""},
		"with more beside it":      {`"extensions":{"persistedQuery":{"version":1,"sha256Hash":"abc","more":{}}}`, "abc", ""},
	} {
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader("{"+tt.members+"}"))
		r.Header.Set("Content-Type", "application/json")
		params, err := Read(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if id, err := Named(params); id != tt.id || params.Query != tt.query || err != nil {
			t.Errorf("%s: %q %q, %v", name, id, params.Query, err)
		}
	}
	query := url.Values{"documentId": {"sha256:abc"}, "extensions": {apollo}}
	params, err := Read(httptest.NewRequest(http.MethodGet, "/graphql?"+query.Encode(), nil))
	if err != nil {
		t.Fatal(err)
	}
	if id, err := Named(params); id != "sha256:abc" || err != nil {
		t.Errorf("by GET: %q, %v", id, err)
	}
}
