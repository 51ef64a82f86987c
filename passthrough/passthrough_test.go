package passthrough

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/passthrough/composed"
	"github.com/concierge-gateway/concierge/passthrough/validate"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/redact"
	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/wire"
)

// around is what the tests' routes refer to: the gateway's schema and services, and two to which only routes lead. One of those
// is the user service by another name.
func around(t testing.TB) Surroundings {
	t.Helper()
	shown, err := shownByTheGateway()
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
	return Surroundings{Policy: shown, Services: services, Contract: func(service string) (*validate.Contract, error) {
		text, err := services.ContractOf(service)
		if err != nil {
			return nil, err
		}
		return validate.Parse(service, text)
	}}
}

// shownByTheGateway is what the gateway's schema says may be shown. It never changes, and takes its time.
var shownByTheGateway = sync.OnceValues(func() (*redact.Policy, error) { return shownWith(nil) })

// shownWith is what the gateway's schema says may be shown, where some fields are read only so often.
func shownWith(limits *ratelimit.Fields) (*redact.Policy, error) {
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
	stated, err := policy.Read(schema, fields)
	if err != nil {
		return nil, err
	}
	pseudonyms, err := policy.NewPseudonyms(stated, policy.Config{})
	if err != nil {
		return nil, err
	}
	return redact.New(schema, fields, stated, pseudonyms, limits, contracts...)
}

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
	denials  bytes.Buffer
	records  records
}

// records are those that say whose others are: orders, each of a user. They keep what they were asked for.
type records struct {
	users map[record.ID]record.ID // of orders
	err   error

	asked []string
}

func (r *records) Records(_ context.Context, typeName string, ids []record.ID) (map[record.ID]any, error) {
	r.asked = append(r.asked, fmt.Sprint(typeName, ids))
	if r.err != nil {
		return nil, r.err
	}
	found := make(map[record.ID]any)
	for _, id := range ids {
		if user, ok := r.users[id]; ok {
			found[id] = &order.Order{ID: id, UserID: user}
		}
	}
	return found, nil
}

// denied are the denials of which nobody has asked yet, as rule and reason.
func (d *door) denied(t testing.TB) []string {
	t.Helper()
	var found []string
	for text := range strings.Lines(d.denials.String()) {
		var line struct{ Rule, Reason, Caller string }
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		found = append(found, line.Rule+" "+line.Reason)
	}
	d.denials.Reset()
	slices.Sort(found)
	return found
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
	return openedWith(t, config, way, func(*Parts) {})
}

func openedWith(t testing.TB, config Config, way func(service string) http.RoundTripper, change func(*Parts)) *door {
	t.Helper()
	d := &door{registry: prometheus.NewRegistry()}
	parts := Parts{
		Surroundings: around(t),
		Way:          func(service string) (http.RoundTripper, bool) { w := way(service); return w, w != nil },
		Guard: func(g Guarded) func(http.Handler) http.Handler {
			if g.Raw {
				return func(next http.Handler) http.Handler { return next }
			}
			return middleware.BodyLimit(g.MaxBody)
		},
		Records:           func(context.Context) policy.Records { return &d.records },
		Credentials:       []string{"Authorization", "Cookie"},
		Operation:         func(*composed.Operation) http.Handler { return http.NotFoundHandler() },
		OperationPriority: func(*composed.Operation) priority.Class { return priority.Interactive },
		MaxBody:           64 * units.KiB,
		Registry:          d.registry,
		Log:               slog.New(slog.NewTextHandler(&d.log, nil)),
	}
	change(&parts)
	made, err := New(config, parts)
	if err != nil {
		t.Fatal(err)
	}
	d.Door = made
	d.Handler = middleware.Observe(func(_ *http.Request, e *middleware.Event) { d.events = append(d.events, *e) })(d.audited(made))
	return d
}

// audited keeps what requests are denied.
func (d *door) audited(next http.Handler) http.Handler {
	denials := audit.New(prometheus.NewRegistry(), slog.New(slog.NewJSONHandler(&d.denials, nil)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, trail := denials.Begin(r, "rest")
		defer trail.End(r.Context())
		next.ServeHTTP(w, r)
	})
}

// ask sends a request through the door by somebody who may see everything: its header as name, value, name, value.
func (d *door) ask(t testing.TB, method, target, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return d.askAs(t, desk(), method, target, body, header...)
}

// desk is a caller with all scopes that the schema knows.
func desk() auth.Principal {
	return auth.Principal{ID: "desk", Scopes: []string{
		"users:read", "users:pii", "orders:read", "orders:write", "payments:read", "payments:refund",
	}}
}

func (d *door) askAs(t testing.TB, caller auth.Principal, method, target, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(by(t.Context(), caller), method, target, reader)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.Handler.ServeHTTP(w, r)
	return w
}

// by is a context as the gateway makes it for a caller.
func by(ctx context.Context, caller auth.Principal) context.Context {
	ctx = auth.WithPrincipal(ctx, caller)
	return identity.With(ctx, &identity.Caller{ID: caller.ID, Scopes: strings.Join(caller.Scopes, " ")})
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

// products is a route that shows what everybody sees.
func products(change func(r *Route)) Route {
	r := Route{Match: "GET /products/{id}", VersionBy: []string{byPath}, Upstream: "product", Returns: "Product"}
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

// orders is a route that shows orders.
func orders(change func(r *Route)) Route {
	r := Route{Match: "GET /orders/{id}", VersionBy: []string{byPath}, Upstream: "order", Returns: "Order"}
	if change != nil {
		change(&r)
	}
	return r
}

// payments is a route that shows payments.
func payments(change func(r *Route)) Route {
	r := Route{Match: "GET /payments/{id}", VersionBy: []string{byPath}, Upstream: "payment", Returns: "Payment"}
	if change != nil {
		change(&r)
	}
	return r
}
