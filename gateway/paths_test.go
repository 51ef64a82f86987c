package gateway

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAPathLeadsToWhatAnswersThere(t *testing.T) {
	var met []string
	as := func(name string) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { met = append(met, name) })
	}
	behind := func(name string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				met = append(met, name)
				next.ServeHTTP(w, r)
			})
		}
	}
	p := new(paths)
	p.lead("/", as("page"))
	p.lead("/graphql", as("graphql"), behind("first"), behind("second"))
	p.leadBelow("/graphiql/", as("file"))
	for _, each := range []struct {
		method, path, raw string
		want              []string
		status            int
	}{
		{http.MethodPost, "/graphql", "", []string{"first", "second", "graphql"}, http.StatusOK},
		{http.MethodDelete, "/graphql", "", []string{"first", "second", "graphql"}, http.StatusOK}, // which knows better what to say
		{"QUERY", "/", "", []string{"page"}, http.StatusOK},
		{http.MethodGet, "/graphiql/app.js", "", []string{"file"}, http.StatusOK},
		{http.MethodGet, "/graphiql/", "", []string{"file"}, http.StatusOK},
		{http.MethodGet, "/graphiql/a/b", "/graphiql/a%2Fb", []string{"file"}, http.StatusOK},
		{http.MethodPost, "/graphql", "/graph%71l", nil, http.StatusNotFound},
		{http.MethodPost, "/graphql/", "", nil, http.StatusNotFound},
		{http.MethodGet, "/graphiql", "", nil, http.StatusNotFound},
		{"BREW", "/graphql", "", nil, http.StatusMethodNotAllowed},
		{"BREW", "/nowhere", "", nil, http.StatusMethodNotAllowed},
		{"get", "/", "", nil, http.StatusMethodNotAllowed},
	} {
		met = nil
		w, r := httptest.NewRecorder(), httptest.NewRequest(each.method, "/", nil)
		r.URL = &url.URL{Path: each.path, RawPath: each.raw}
		p.ServeHTTP(w, r)
		if diff := cmp.Diff(each.want, met); diff != "" || w.Code != each.status {
			t.Errorf("%s %s is answered with %d, want %d, by (want -, got +):\n%s", each.method, r.URL, w.Code, each.status, diff)
		}
		if allow := w.Header().Get("Allow"); (allow != "") != (each.status == http.StatusMethodNotAllowed) {
			t.Errorf("%s %s: allowed is %q", each.method, each.path, allow)
		}
	}
}
