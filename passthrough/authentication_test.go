package passthrough

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/contract/openapi"
)

// leftTo is a route whose callers the search service knows.
func leftTo(change func(*Route)) Route {
	return search(func(r *Route) {
		r.Match, r.Scopes, r.Public, r.Authentication = "/search/{path...}", nil, true, ByService
		if change != nil {
			change(r)
		}
	})
}

func TestMistakesOfWhoFindsOutWhoCallsAreReported(t *testing.T) {
	const (
		other  = "authentication: can only be the service's on a raw and public route: what others show depends on the caller"
		nobody = "authentication: is the service's, so there is nobody of whom {identity.id} and {identity.scopes} could tell"
	)
	reports(t, map[string]wrong{
		"the service":            {leftTo(nil), nil},
		"the gateway":            {search(func(r *Route) { r.Authentication = ByGateway }), nil},
		"nothing said":           {search(func(r *Route) { r.Authentication = "" }), nil},
		"somebody else":          {search(func(r *Route) { r.Authentication = "client" }), []string{"authentication: must be gateway or service"}},
		"credentials that go on": {leftTo(func(r *Route) { r.Forward = []string{"Authorization", "cookie"} }), nil},
		"a route that is not public": {
			leftTo(func(r *Route) { r.Public = false }), []string{other},
		},
		"a route with scopes": {
			leftTo(func(r *Route) { r.Scopes = []string{"search"} }),
			[]string{"public: lets in callers without a name, whom scopes keep out"},
		},
		"a route that shows members": {
			users(func(r *Route) {
				r.Returns, r.Expose, r.Public, r.Authentication = "", []string{"note"}, true, ByService
			}), []string{other},
		},
		"a type of the schema": {users(func(r *Route) { r.Authentication = ByService }), []string{other}},
		"a service with records": {
			leftTo(func(r *Route) { r.Upstream = "user" }),
			[]string{"raw: cannot lead to the user service, of whose records the schema says what may be shown: say what it returns"},
		},
		"a service with records, by another name, for some": {
			leftTo(func(r *Route) { r.Split = []Share{{Weight: 1, Upstream: "legacy"}} }),
			[]string{"raw: cannot lead to the legacy service, of whose records the schema says what may be shown: say what it returns"},
		},
		"a path with the caller": {leftTo(func(r *Route) { r.To = "/of/{identity.id}/{path...}" }), []string{nobody}},
		"a field with the caller": {
			leftTo(func(r *Route) { r.Request.Headers.Set = map[string]string{"X-Who": "{identity.id}"} }), []string{nobody},
		},
		"a query with the scopes": {
			leftTo(func(r *Route) { r.Request.Query.Default = map[string]string{"as": "{identity.scopes}"} }), []string{nobody},
		},
	})
}

func TestOnlyTheServicesOwnRoutesAreUnnamed(t *testing.T) {
	for name, c := range map[string]struct {
		route Route
		want  bool
	}{
		"the service's": {leftTo(nil), true},
		"the gateway's": {search(nil), false},
		"a public one":  {search(func(r *Route) { r.Match, r.Scopes, r.Public = "GET /search/{path...}", nil, true }), false},
	} {
		d := opened(t, says("{}"), c.route)
		if g := d.routes[0].guarded(1); g.Unnamed != c.want {
			t.Errorf("%s: its callers have no name: %t", name, g.Unnamed)
		}
	}
}

func TestWhatIsLeftToAServiceTakesAnybodyByAnyMethod(t *testing.T) {
	for _, method := range []string{"GET", "PUT", "DELETE", "M-SEARCH"} {
		s := says("{}")
		d := opened(t, s, leftTo(func(r *Route) { r.Forward = []string{"Authorization"} }))
		if w := d.askAs(t, auth.Principal{}, method, "/search/a", ""); w.Code != http.StatusOK || len(s.asked) != 1 {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	}
}

func TestTheDescriptionAsksForNoTokenWhereTheServiceDoes(t *testing.T) {
	d := opened(t, says("{}"), leftTo(nil), products(nil))
	text, err := d.Describe("1", Callers{Anonymous: false}, func(string) (*openapi.Document, bool) { return nil, false })
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Paths map[string]map[string]struct {
			Security []map[string][]string `json:"security"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"/search/{path}": true, "/products/{id}": false} {
		got, ok := read.Paths[path]["get"]
		open := slices.ContainsFunc(got.Security, func(need map[string][]string) bool { return len(need) == 0 })
		if !ok || open != want {
			t.Errorf("%s is there: %t, and needs no token: %t, want %t", path, ok, open, want)
		}
	}
}
