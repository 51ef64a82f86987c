package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/passthrough"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/telemetry"
	"github.com/concierge-gateway/concierge/web"
)

// wrapped has the defaults, but for limits that a benchmark cannot reach.
const wrapped = `
auth: {issuers: [{keys: {secret: "the-secret-of-the-tests-is-no-secret-at-all"}}], anonymous: true}
limits:
  rules:
    - {name: address, by: ip, limit: 1000000000, per: 1m}
    - {name: caller, by: principal, limit: 1000000000, per: 1m}
upstreams:
  user: {urls: ["http://127.0.0.1:1"]}
  order: {urls: ["http://127.0.0.1:1"]}
  product: {urls: ["http://127.0.0.1:1"]}
  payment: {urls: ["http://127.0.0.1:1"]}
`

// BenchmarkWrappers is what stands around every request, and nothing in it.
func BenchmarkWrappers(b *testing.B) {
	graphql := func() *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"{ me { id } }"}`))
		r.Header.Set("Content-Type", "application/json")
		return r
	}
	rest := func() *http.Request { return httptest.NewRequest(http.MethodGet, "/v1/users/7", nil) }
	for _, each := range []struct {
		name, log string
		request   func() *http.Request
		route     passthrough.Guarded
	}{
		{"graphql", "log: {access_log: false}", graphql, passthrough.Guarded{}},
		{"route", "log: {access_log: false}", rest, passthrough.Guarded{MaxBody: 1 << 20}},
		{"raw route", "log: {access_log: false}", rest, passthrough.Guarded{Raw: true}},
		{"raw route, logged", "log: {access_log: true}", rest, passthrough.Guarded{Raw: true}},
	} {
		b.Run(each.name, func(b *testing.B) {
			handler, token := wrappers(b, wrapped+each.log, each.route)
			r := each.request()
			ctx, cancel := context.WithCancel(r.Context()) // as a server's
			defer cancel()
			r = r.WithContext(ctx)
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Accept", "application/json")
			r.Header.Set("User-Agent", "bench")
			w := kept{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				handler.ServeHTTP(w, r)
			}
			if w.header.Get("Ratelimit") == "" || w.header.Get("X-Request-Id") == "" {
				b.Errorf("the header of an answer is %v", w.header)
			}
		})
	}
}

// wrappers are those of a configuration around an endpoint and a route that do nothing, and a token of a caller.
func wrappers(b *testing.B, yaml string, route passthrough.Guarded) (handler http.Handler, token string) {
	b.Helper()
	c, err := config.Parse([]byte(yaml), "bench.yml", func(string) (string, bool) { return "", false }, Check)
	if err != nil {
		b.Fatal(err)
	}
	log := telemetry.NewLogger(c.Log, discarded{})
	g, err := New(c, web.Settings{}, log)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(g.Close)
	if token, err = auth.Sign(c.Auth, "7", []string{"orders:read"}, time.Hour, time.Now()); err != nil {
		b.Fatal(err)
	}
	return publicRoutes(idle(b, g.current(), log, route)), token
}

// idle are the parts of an edition, with an endpoint and a route that do nothing.
func idle(b *testing.B, e *edition, log *slog.Logger, route passthrough.Guarded) *routes {
	b.Helper()
	trust, err := forwarded.New(e.config.Server.Forwarded)
	if err != nil {
		b.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	json := []string{"application/json"}
	end := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = json
		_, _ = w.Write([]byte("{}"))
	})
	parts := &routes{
		config: e.config, metrics: middleware.NewMetrics(registry, nil), gate: e.gate, audit: audit.New(registry, log),
		authenticator: e.authenticator, limits: e.limits, trust: trust, streams: e.streams, tracer: e.tracer, draining: &e.draining,
		board: e.board, pseudonyms: e.pseudonyms, log: log, graphql: end,
	}
	route.Name, route.Match, route.Priority = "GET /v1/users/{id}", "GET /users/{id}", priority.Interactive
	parts.metrics.Routes([]string{route.Name})
	guarded := parts.guard(route)(end)
	parts.rest = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		middleware.RecordFrom(r.Context()).SetRoute(route.Name)
		guarded.ServeHTTP(w, r)
	})
	return parts
}

// kept is an answer whose header is used again.
type kept struct{ header http.Header }

func (k kept) Header() http.Header         { return k.header }
func (k kept) Write(b []byte) (int, error) { return len(b), nil }
func (k kept) WriteHeader(int)             {}

// discarded takes lines that are made all the same.
type discarded struct{}

func (discarded) Write(b []byte) (int, error) { return len(b), nil }
