package passthrough

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/telemetry"
)

// counted compares the series of a metric that are not zero.
func counted(t *testing.T, d *door, metric string, want ...string) {
	t.Helper()
	w := httptest.NewRecorder()
	telemetry.Handler(d.registry).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	var got []string
	for line := range strings.Lines(w.Body.String()) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, metric+"{") && !strings.HasSuffix(line, " 0") {
			got = append(got, line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCallsAreCountedByVersionAndByNoMoreCallersThanThereIsRoomFor(t *testing.T) {
	config := DefaultConfig()
	config.Consumers = 2
	config.Routes = []Route{
		users(func(r *Route) { r.Version = "v1" }), users(func(r *Route) { r.Version = "v2" }), users(func(r *Route) { r.Match = "GET /free" }),
	}
	d := openedBy(t, config, func(string) http.RoundTripper { return says("{}") })
	for _, each := range []struct{ caller, target string }{
		{"7", "/v1/users/1"},
		{"7", "/v1/users/2"},
		{"", "/v1/users/1"},
		{"8", "/v2/users/1"},
		{"9", "/v1/users/1"},
		{"10", "/v1/users/1"},
		{"7", "/v2/users/1"},
		{"8", "/v1/users/1"},
		{"11", "/free"},
	} {
		d.askAs(t, auth.Principal{ID: each.caller}, "GET", each.target, "")
	}
	counted(t, d, "concierge_rest_calls_total",
		`concierge_rest_calls_total{consumer="7",version="v1"} 2`,
		`concierge_rest_calls_total{consumer="7",version="v2"} 1`,
		`concierge_rest_calls_total{consumer="8",version="v1"} 1`,
		`concierge_rest_calls_total{consumer="8",version="v2"} 1`,
		`concierge_rest_calls_total{consumer="anonymous",version="v1"} 1`,
		`concierge_rest_calls_total{consumer="other",version="v1"} 2`,
	)
}

func TestWithoutRoomEveryCallerIsAnother(t *testing.T) {
	config := DefaultConfig()
	config.Consumers = 0
	config.Routes = []Route{users(func(r *Route) { r.Version = "v1" })}
	d := openedBy(t, config, func(string) http.RoundTripper { return says("{}") })
	d.askAs(t, ada(), "GET", "/v1/users/1", "")
	counted(t, d, "concierge_rest_calls_total", `concierge_rest_calls_total{consumer="other",version="v1"} 1`)
}

func TestCallersAreCountedFromAnyGoroutine(t *testing.T) {
	registry := prometheus.NewRegistry()
	c := newConsumers(NewMetrics(registry), 10)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 100 {
				c.count("v"+strconv.Itoa(i%2), strconv.Itoa(j%20))
			}
		})
	}
	all.Wait()
	callers, calls := map[string]bool{}, 0.0
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range families[0].GetMetric() {
		callers[each.GetLabel()[0].GetValue()] = true
		calls += each.GetCounter().GetValue()
	}
	if len(callers) != 11 || !callers[otherConsumers] || calls != 400 {
		t.Errorf("%v calls are counted of %v, want 400 of ten and the others", calls, callers)
	}
}

// Many at once: what any versioned request of a caller costs beside others.
func BenchmarkCallersInParallel(b *testing.B) {
	c := newConsumers(NewMetrics(prometheus.NewRegistry()), 2)
	for _, caller := range []string{"one", "two", "three", ""} {
		b.Run("caller "+caller, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					c.count("v1", caller)
				}
			})
		})
	}
}
