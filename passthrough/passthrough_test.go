package passthrough

import (
	"bytes"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/passthrough/composed"
	"github.com/concierge-gateway/concierge/passthrough/validate"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/redact"
	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/wire"
)

// around is what the tests' routes refer to: the gateway's schema and services, and two to which only routes lead. One of those
// is the user service by another name.
func around(t testing.TB) Surroundings {
	t.Helper()
	policy, err := policy()
	if err != nil {
		t.Fatal(err)
	}
	services := upstreams.DefaultConfig()
	services.User.Transport.URLs = []string{"http://user.internal:8000", "http://user-2.internal:8000"}
	services.Order.Transport.URLs = []string{"https://order.internal"}
	var search, legacy upstreams.Routed
	search.Transport.URLs = []string{"http://search.internal:8000"}
	legacy.Transport.URLs = []string{"http://USER-2.internal:8000/v0"}
	services.Others = map[string]upstreams.Routed{"search": search, "legacy": legacy}
	return Surroundings{Policy: policy, Services: services, Contract: func(service string) (*validate.Contract, error) {
		text, err := services.ContractOf(service)
		if err != nil {
			return nil, err
		}
		return validate.Parse(service, text)
	}}
}

// policy is the gateway's. It never changes, and takes its time.
var policy = sync.OnceValues(func() (*redact.Policy, error) {
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	fields, err := wire.Read(schema)
	if err != nil {
		return nil, err
	}
	var contracts []*openapi.Document
	for name := range upstreams.DefaultConfig().All() {
		text, err := upstreams.Contract(name)
		if err != nil {
			return nil, err
		}
		contract, err := openapi.Parse(name, text)
		if err != nil {
			return nil, err
		}
		contracts = append(contracts, contract)
	}
	return redact.New(schema, fields, contracts...)
})

// service answers the requests that routes lead to it, and keeps them. Its zero value answers {}.
type service struct {
	status int
	header http.Header
	body   string
	length int64 // -1 where nobody knows it; 0 is that of the body
	err    error
	cut    error // the body ends with it

	asked  []*http.Request
	bodies []string
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	s.asked, s.bodies = append(s.asked, r), append(s.bodies, string(sent))
	if s.err != nil {
		return nil, s.err
	}
	res := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Request: r, ContentLength: 2}
	text := "{}"
	if s.body != "" || s.status != 0 || s.header != nil {
		text = s.body
	}
	if s.status != 0 {
		res.StatusCode = s.status
	}
	maps.Copy(res.Header, s.header)
	res.ContentLength = int64(len(text))
	if s.length != 0 {
		res.ContentLength = s.length
	}
	res.Body = io.NopCloser(strings.NewReader(text))
	if s.cut != nil {
		res.Body = io.NopCloser(io.MultiReader(strings.NewReader(text), broken{s.cut}))
	}
	return res, nil
}

// broken is the end of a body that has none.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// says is a service that answers every request with a text.
func says(body string) *service { return &service{body: body} }

// door is the REST door before services.
type door struct {
	http.Handler
	*Door

	registry *prometheus.Registry
	events   []middleware.Event
	log      bytes.Buffer
}

// opened is a door with these routes, where all services are one.
func opened(t testing.TB, way http.RoundTripper, routes ...Route) *door {
	t.Helper()
	config := DefaultConfig()
	config.Routes = routes
	return openedBy(t, config, func(string) http.RoundTripper { return way })
}

func openedBy(t testing.TB, config Config, way func(service string) http.RoundTripper) *door {
	t.Helper()
	d := &door{registry: prometheus.NewRegistry()}
	made, err := New(config, Parts{
		Surroundings: around(t),
		Way:          func(service string) (http.RoundTripper, bool) { w := way(service); return w, w != nil },
		Guard: func(g Guarded) func(http.Handler) http.Handler {
			if g.Raw {
				return func(next http.Handler) http.Handler { return next }
			}
			return middleware.BodyLimit(g.MaxBody)
		},
		Operation:         func(*composed.Operation) http.Handler { return http.NotFoundHandler() },
		OperationPriority: func(*composed.Operation) priority.Class { return priority.Interactive },
		MaxBody:           64 * units.KiB,
		Registry:          d.registry,
		Log:               slog.New(slog.NewTextHandler(&d.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Door = made
	d.Handler = middleware.Observe(func(_ *http.Request, e middleware.Event) { d.events = append(d.events, e) })(made)
	return d
}

// ask sends a request through the door: its header as name, value, name, value.
func (d *door) ask(t testing.TB, method, target, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return d.askAs(t, auth.Principal{}, method, target, body, header...)
}

func (d *door) askAs(t testing.TB, caller auth.Principal, method, target, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(auth.WithPrincipal(t.Context(), caller), method, target, reader)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.Handler.ServeHTTP(w, r)
	return w
}

// ada is a caller with some scopes.
func ada(scopes ...string) auth.Principal { return auth.Principal{ID: "7", Scopes: scopes} }

// users is a route that shows users.
func users(change func(r *Route)) Route {
	r := Route{Match: "GET /users/{id}", VersionBy: []string{byPath}, Upstream: "user", Returns: "User"}
	if change != nil {
		change(&r)
	}
	return r
}

// profile is a route that changes one.
func profile(change func(r *Route)) Route {
	r := Route{
		Match: "PATCH /me", VersionBy: []string{byPath}, Upstream: "user", To: "/users/{identity.id}", Returns: "User", As: "updateProfile",
	}
	if change != nil {
		change(&r)
	}
	return r
}

// search is a raw route.
func search(change func(r *Route)) Route {
	r := Route{
		Match: "/search/{path...}", VersionBy: []string{byPath}, Upstream: "search", To: "/{path...}", Raw: true, Scopes: []string{"search"},
	}
	if change != nil {
		change(&r)
	}
	return r
}
