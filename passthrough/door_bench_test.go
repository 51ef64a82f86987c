package passthrough

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// What the door does with a GET, without what stands around it and without a service: by a route that hands on all of an answer,
// and by one that shows what everybody sees.
func BenchmarkDoor(b *testing.B) {
	b.Run("raw", func(b *testing.B) { benchmarkDoor(b, catalog(), atHand{}) })
	b.Run("filtered", func(b *testing.B) { benchmarkDoor(b, products(nil), atHand{}) })
	b.Run("cached-raw", func(b *testing.B) { benchmarkDoor(b, catalog(), keeping(b, atHand{})) })
	b.Run("cached-filtered", func(b *testing.B) { benchmarkDoor(b, products(nil), keeping(b, atHand{})) })
}

// catalog is a raw route to what products shows.
func catalog() Route {
	return Route{Match: "GET /products/{id}", VersionBy: []string{byPath}, Upstream: "search", Raw: true, Public: true}
}

const lamp = `{"id":3,"name":"Lamp","sku":"LAMP-3","price":"49.90","currency":"EUR","category":"home","description":"A lamp ` +
	`that stands on a desk","stock":7,"created_at":"2024-01-01T00:00:00Z","updated_at":"2024-06-01T00:00:00Z"}`

// atHand is a service whose answer is here already, as the transport hands it on.
type atHand struct{}

func (atHand) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: int64(len(lamp)),
		Header: http.Header{
			"Content-Type": {"application/json"}, "Date": {"Sun, 06 Nov 2044 08:49:37 GMT"},
			"Cache-Control": {"public, max-age=3600"}, "Etag": {`"product-3"`}, "Vary": {"Accept-Encoding"},
		},
		Body: attempt.NewWhole([]byte(lamp), true),
	}, nil
}

// keeping is a way on which answers are kept that are the same for everybody.
func keeping(t testing.TB, next http.RoundTripper) http.RoundTripper {
	t.Helper()
	return keepingBy(t, next, sharing.Nothing)
}

// keepingBy is a way on which answers are kept by what they depend on.
func keepingBy(t testing.TB, next http.RoundTripper, depends sharing.Inputs) http.RoundTripper {
	t.Helper()
	return shelfOf(t, next, depends, nil)
}

// shelf is a way on which answers are kept, and what happens to them.
type shelf struct {
	http.RoundTripper

	purges  *purge.Log
	counted *prometheus.Registry
}

// Glance implements cache.Glancer.
func (s *shelf) Glance(g cache.Glance) (cache.Kept, bool) {
	known, _ := s.RoundTripper.(cache.Glancer)
	return known.Glance(g)
}

func shelfOf(t testing.TB, next http.RoundTripper, depends sharing.Inputs, bypass func(context.Context) rules.Wish) *shelf {
	t.Helper()
	s := &shelf{purges: purge.NewLog(10, nil), counted: prometheus.NewRegistry()}
	config := cache.DefaultConfig()
	config.Depends = depends
	shared := cache.NewShared(cache.Parts{
		Memory: stored.NewMemory(1 << 20).Part("answers"), Purges: s.purges, Status: true,
		Metrics: stored.NewMetrics(s.counted), Bypass: bypass,
	})
	t.Cleanup(shared.Close)
	c, err := cache.New("product", config, shared.Knowing(changes.Knowledge{}), cache.Calls{})
	if err != nil {
		t.Fatal(err)
	}
	s.RoundTripper = c.Layer(next, 0, true)
	return s
}

// sink is an answer of which nothing is kept but its header.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header            { return s.header }
func (s *sink) Write(text []byte) (int, error) { return len(text), nil }
func (s *sink) WriteHeader(int)                {}

func benchmarkDoor(b *testing.B, route Route, way http.RoundTripper) {
	b.Helper()
	d := opened(b, way, route)
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/products/3", nil)
	r.Header = http.Header{"User-Agent": {"bench"}, "Accept": {"application/json"}}
	r.Body = http.NoBody
	trust, err := forwarded.New(forwarded.Config{})
	if err != nil {
		b.Fatal(err)
	}
	ctx := correlation.With(r.Context(), correlation.Correlation{RequestID: "r", Trace: correlation.Trace{Parent: "00-a"}})
	trust.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, known *http.Request) { r = known })).
		ServeHTTP(nil, r.WithContext(auth.WithPrincipal(ctx, auth.Principal{})))
	w := &sink{header: make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		d.Door.ServeHTTP(w, facts.Begin(r))
	}
}
