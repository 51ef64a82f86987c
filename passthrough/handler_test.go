package passthrough

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/passthrough/composed"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/units"
)

func TestARouteIsForCallersWithItsScopes(t *testing.T) {
	scoped := users(func(r *Route) { r.Scopes = []string{"users:read", "desk"} })
	const missing = auth.Challenge + `, error="insufficient_scope", scope="users:read desk"`
	for name, c := range map[string]struct {
		route          Route
		caller         auth.Principal
		method, target string
		status         int
		challenge      string
	}{
		"anybody":                  {products(nil), auth.Principal{}, "GET", "/products/7", 200, ""},
		"somebody":                 {users(nil), ada(), "GET", "/users/7", 200, ""},
		"nobody, of users":         {users(nil), auth.Principal{}, "GET", "/users/7", 401, auth.Challenge},
		"all scopes":               {scoped, ada("desk", "users:read"), "GET", "/users/7", 200, ""},
		"one of two scopes":        {scoped, ada("desk"), "GET", "/users/7", 403, missing},
		"nobody":                   {scoped, auth.Principal{}, "GET", "/users/7", 401, auth.Challenge},
		"a mutation":               {profile(nil), ada(), "PATCH", "/me", 200, ""},
		"a mutation of nobody":     {profile(nil), auth.Principal{}, "PATCH", "/me", 401, auth.Challenge},
		"raw":                      {search(nil), ada("search"), "GET", "/search/a", 200, ""},
		"raw without the scope":    {search(nil), ada(), "GET", "/search/a", 403, auth.Challenge + `, error="insufficient_scope", scope="search"`},
		"a path that nobody has":   {users(nil), ada(), "GET", "/people", 404, ""},
		"a method that nobody has": {users(nil), ada(), "PUT", "/users/7", 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := says("{}")
			w := opened(t, s, c.route).askAs(t, c.caller, c.method, c.target, "")
			if w.Code != c.status || w.Header().Get("WWW-Authenticate") != c.challenge || len(s.asked) > 0 != (c.status == 200) {
				t.Errorf("%d %v, and the service was asked %d times", w.Code, w.Header(), len(s.asked))
			}
			if allow := w.Header().Get("Allow"); c.status == 405 && allow != "GET, HEAD" {
				t.Errorf("Allow is %q", allow)
			}
		})
	}
}

func TestRequestsAreCountedByTheirRoutes(t *testing.T) {
	d := opened(t, says("{}"),
		users(func(r *Route) { r.Version = "v1" }),
		users(func(r *Route) { r.Version, r.VersionBy, r.Host = "v2", []string{byHeader}, "*.Shop.example" }),
	)
	want := []string{"GET /v1/users/{id}", "GET *.shop.example/users/{id} with version v2"}
	if diff := cmp.Diff(want, d.Names()); diff != "" {
		t.Error(diff)
	}
	d.ask(t, "GET", "/v1/users/7", "")
	w := d.ask(t, "GET", "http://www.shop.example/users/7", "", "API-Version", "2")
	if vary, version := w.Header().Get("Vary"), w.Header().Get(versionField); vary != "Api-Version" || version != "v2" {
		t.Errorf("it varies by %q and has version %q", vary, version)
	}
	d.ask(t, "GET", "/v3/users/7", "")
	var got []string
	for _, each := range d.events {
		got = append(got, each.Route+" "+each.Code)
	}
	if diff := cmp.Diff([]string{want[0] + " ", want[1] + " ", " NOT_FOUND"}, got); diff != "" {
		t.Error(diff)
	}
}

// shared is a route of which some requests go elsewhere.
func shared(t *testing.T, split ...Share) *handler {
	t.Helper()
	config := DefaultConfig()
	config.Routes = []Route{users(func(r *Route) { r.Split = split })}
	routes := compile(config, around(t), func(path, message string) { t.Fatalf("%s %s", path, message) })
	return &handler{route: routes[0]}
}

func TestRequestsAreSplitByWeight(t *testing.T) {
	h := shared(t, Share{Weight: 5, Upstream: "legacy"}, Share{Weight: 20, To: "/people/{id}"}, Share{Weight: 50, Upstream: "search", To: "/{id}"})
	want := map[string]int{"legacy /users/{id}": 500, "user /people/{id}": 2000, "search /{id}": 5000, "user /users/{id}": 2500}
	for name, callerOf := range map[string]func(i int) auth.Principal{
		"callers":     func(i int) auth.Principal { return auth.Principal{ID: strconv.Itoa(i)} },
		"other names": func(i int) auth.Principal { return auth.Principal{ID: fmt.Sprintf("user-%05d@shop.example", i)} },
		"nobody":      func(int) auth.Principal { return auth.Principal{} },
	} {
		got := make(map[string]int)
		for i := range 10_000 {
			to := h.target(&caller{principal: callerOf(i)})
			got[to.service+" "+to.path.text]++
		}
		for place, n := range want {
			// Six times the standard deviation of a fair draw is 300 at most.
			if off := got[place] - n; off < -300 || off > 300 {
				t.Errorf("%s: %s gets %d of 10000, want about %d", name, place, got[place], n)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: they go to %v", name, got)
		}
	}
}

func TestTheSameCallerAlwaysGoesToTheSamePlace(t *testing.T) {
	before := shared(t, Share{Weight: 10, Upstream: "legacy"})
	after := shared(t, Share{Weight: 30, Upstream: "legacy"})
	for i := range 1000 {
		c := &caller{principal: auth.Principal{ID: fmt.Sprint("caller ", i)}}
		first := before.target(c).service
		if again := before.target(c).service; again != first {
			t.Errorf("caller %d goes to %s, and then to %s", i, first, again)
		}
		if later := after.target(c).service; first == "legacy" && later != "legacy" {
			t.Errorf("caller %d comes back from where more callers go now", i)
		}
	}
}

func TestAllRequestsCanGoElsewhere(t *testing.T) {
	h := shared(t, Share{Weight: 100, Upstream: "legacy"})
	for range 1000 {
		if to := h.target(&caller{}); to.service != "legacy" {
			t.Fatalf("one goes to %s", to.service)
		}
	}
}

func TestAPartOfTheRequestsReachesItsService(t *testing.T) {
	usual, legacy := says(`{"id":1}`), says(`{"id":2}`)
	config := DefaultConfig()
	config.Routes = []Route{users(func(r *Route) { r.Split = []Share{{Weight: 50, Upstream: "legacy", To: "/v0/{id}"}} })}
	d := openedBy(t, config, func(service string) http.RoundTripper {
		if service == "legacy" {
			return legacy
		}
		return usual
	})
	for i := range 100 {
		d.askAs(t, auth.Principal{ID: strconv.Itoa(i)}, "GET", "/users/7", "")
	}
	if len(usual.asked) == 0 || len(legacy.asked) == 0 || len(usual.asked)+len(legacy.asked) != 100 {
		t.Fatalf("the usual service was asked %d times and the other %d", len(usual.asked), len(legacy.asked))
	}
	if got := legacy.asked[0].URL.String(); got != "http://legacy/v0/7" {
		t.Errorf("the other was asked for %s", got)
	}
}

// parts are those of a door that is not opened.
func parts(t *testing.T) Parts {
	t.Helper()
	return Parts{
		Surroundings: around(t), Registry: prometheus.NewRegistry(),
		Way: func(service string) (http.RoundTripper, bool) { return says("{}"), service == "user" },
	}
}

func TestADoorWithMistakesIsNotOpened(t *testing.T) {
	config := DefaultConfig()
	config.Routes = []Route{users(func(r *Route) { r.Returns, r.To = "Users", "users" }), users(func(r *Route) { r.Upstream = "" })}
	_, err := New(config, parts(t))
	want := "rest.routes[0].to: must begin with /\n" +
		"rest.routes[0].returns: must be a type of the schema: Address, Order, OrderItem, Payment, Product, User\n" +
		"rest.routes[1].upstream: must name a service of upstreams\n" +
		"rest.routes[1].match: routes[1] (GET /users/{id}) answers requests that routes[0] (GET /users/{id}) answers as well, " +
		"and neither is more specific"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	config.Routes = []Route{users(func(r *Route) { r.Split = []Share{{Weight: 1, Upstream: "legacy"}} })}
	if _, err := New(config, parts(t)); err == nil || err.Error() != "open the route GET /users/{id}: there is no service legacy" {
		t.Errorf("got %v", err)
	}
}

func TestWhatStandsBeforeARouteKnowsItsBounds(t *testing.T) {
	var got []Guarded
	p := parts(t)
	p.Way = func(string) (http.RoundTripper, bool) { return says("{}"), true }
	p.MaxBody = units.MiB
	p.Guard = func(g Guarded) func(http.Handler) http.Handler {
		got = append(got, g)
		return func(next http.Handler) http.Handler { return next }
	}
	p.Operations = []*composed.Operation{{Name: "Summary", Method: "GET", Path: "/v2/users/{id}/summary"}}
	p.OperationPriority = func(*composed.Operation) priority.Class { return priority.Batch }
	p.Operation = func(o *composed.Operation) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := Params(r.Context()).Get("id")
			_, _ = fmt.Fprint(w, o.Name, " ", id)
		})
	}
	config := DefaultConfig()
	config.Routes = []Route{
		users(func(r *Route) { r.Priority = priority.Critical }),
		search(func(r *Route) { r.MaxBody = units.GiB }),
	}
	made, err := New(config, p)
	if err != nil {
		t.Fatal(err)
	}
	want := []Guarded{
		{Name: "GET /users/{id}", Match: "GET /users/{id}", Priority: priority.Critical, MaxBody: units.MiB},
		{Name: "/search/{path...}", Match: "/search/{path...}", Priority: priority.Interactive, MaxBody: units.GiB, Raw: true},
		{Name: "Summary", Match: "GET /v2/users/{id}/summary", Composed: true, Priority: priority.Batch, MaxBody: units.MiB},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	d := &door{Handler: made}
	if w := d.ask(t, "GET", "/v2/users/7/summary", ""); w.Body.String() != "Summary 7" {
		t.Errorf("the operation answers %d %s", w.Code, w.Body)
	}
	if diff := cmp.Diff([]string{"GET /users/{id}", "/search/{path...}", "GET /v2/users/{id}/summary"}, made.Names()); diff != "" {
		t.Error(diff)
	}
}

func TestTheTableIsListedForPeople(t *testing.T) {
	config := DefaultConfig()
	config.Routes = []Route{
		search(nil),
		users(func(r *Route) { r.Version, r.VersionBy, r.Default = "v2", []string{byPath, byHeader}, true }),
		users(func(r *Route) {
			r.Host, r.Returns, r.Expose, r.Split = "shop.example", "", []string{"id"}, []Share{{Weight: 5, Upstream: "legacy"}, {Weight: 10, Upstream: "search"}}
		}),
	}
	operation := &composed.Operation{Name: "Summary", Method: "GET", Path: "/v2/users/{id}/summary"}
	plan := Compile(config, around(t), []*composed.Operation{operation}, func(path, message string) { t.Fatalf("%s %s", path, message) })
	want := []string{
		"GET shop.example /users/{id} user/users/{id}, 15% elsewhere in part",
		"* /search/{path...} search/{path...} raw",
		"GET /users/{id} user/users/{id} User version v2 by API-Version or default",
		"GET /v2/users/{id} user/users/{id} User",
		"GET /v2/users/{id}/summary operation Summary",
	}
	var got []string
	for line := range strings.Lines(plan.List()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
