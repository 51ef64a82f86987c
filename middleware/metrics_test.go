package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/telemetry"
)

// scrape is what /metrics says of the series whose name begins with prefix, those that are still zero left out.
func scrape(t *testing.T, registry *prometheus.Registry, prefix string) []string {
	t.Helper()
	w := httptest.NewRecorder()
	telemetry.Handler(registry).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, prefix) && (!strings.HasSuffix(line, " 0") || !strings.Contains(line, "{")) {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestMetricsCountByDoorOperationAndStatus(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := middleware.NewMetrics(registry, []string{"Checkout"})
	count := func(door middleware.Door, operation string, status int) {
		metrics.Count(nil, &middleware.Event{Door: door, Operation: operation, Status: status, Duration: 3 * time.Millisecond})
	}
	count(middleware.DoorGraphQL, "Checkout", 200)
	count(middleware.DoorGraphQL, "Checkout", 200)
	count(middleware.DoorGraphQL, "Checkout", 499)
	count(middleware.DoorGraphQL, "MadeUp", 200)
	count(middleware.DoorGraphQL, "", 400)
	count(middleware.DoorREST, "", 200)
	count(middleware.DoorREST, "Checkout", 200)
	count(middleware.DoorPage, "", 999)
	count(middleware.DoorAdmin, "", 200)
	count(middleware.DoorNone, "", 404)
	metrics.Count(nil, &middleware.Event{Door: middleware.DoorGraphQL, Operation: "Checkout", Status: 200, Duration: time.Hour, Ended: "left"})

	want := []string{
		`concierge_requests_total{door="admin",operation="",status="200"} 1`,
		`concierge_requests_total{door="graphql",operation="Checkout",status="200"} 3`,
		`concierge_requests_total{door="graphql",operation="Checkout",status="499"} 1`,
		`concierge_requests_total{door="graphql",operation="other",status="200"} 1`,
		`concierge_requests_total{door="graphql",operation="other",status="400"} 1`,
		`concierge_requests_total{door="none",operation="",status="404"} 1`,
		`concierge_requests_total{door="page",operation="",status="other"} 1`,
		`concierge_requests_total{door="rest",operation="",status="200"} 2`,
	}
	if diff := cmp.Diff(want, scrape(t, registry, "concierge_requests_total")); diff != "" {
		t.Error(diff)
	}
	const series = `concierge_request_duration_seconds_count{door="graphql",operation="Checkout"}`
	if diff := cmp.Diff([]string{series + " 3"}, scrape(t, registry, series)); diff != "" {
		t.Error(diff)
	}
}

func TestTheRoutesOfTheRESTDoorAreCountedByTheirNames(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := middleware.NewMetrics(registry, []string{"Checkout"})
	metrics.Routes([]string{"GET /v1/users/{id}", "GET /v2/users/{id}"})
	for _, each := range []struct {
		door      middleware.Door
		operation string
	}{
		{middleware.DoorREST, "GET /v1/users/{id}"},
		{middleware.DoorREST, "GET /v1/users/{id}"},
		{middleware.DoorREST, "GET /v9/users/{id}"},
		{middleware.DoorREST, "Checkout"},
		{middleware.DoorREST, ""},
		{middleware.DoorGraphQL, "GET /v2/users/{id}"},
	} {
		metrics.Count(nil, &middleware.Event{Door: each.door, Operation: each.operation, Route: each.operation, Status: 200})
	}
	want := []string{
		`concierge_requests_total{door="graphql",operation="other",status="200"} 1`,
		`concierge_requests_total{door="rest",operation="",status="200"} 3`,
		`concierge_requests_total{door="rest",operation="GET /v1/users/{id}",status="200"} 2`,
	}
	if diff := cmp.Diff(want, scrape(t, registry, "concierge_requests_total")); diff != "" {
		t.Error(diff)
	}
}

func TestARequestToAnOperationByRESTIsCountedAsItsRoute(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := middleware.NewMetrics(registry, []string{"OrderSummary"})
	metrics.Routes([]string{"GET /v2/orders/{id}/summary"})
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		record := middleware.RecordFrom(r.Context())
		record.SetRoute("GET /v2/orders/{id}/summary")
		record.SetOperation("OrderSummary")
	})
	middleware.Observe(metrics.Count)(middleware.EnterDoor(middleware.DoorREST, metrics)(handler)).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/v2/orders/1/summary", nil))
	want := []string{`concierge_requests_total{door="rest",operation="GET /v2/orders/{id}/summary",status="200"} 1`}
	if diff := cmp.Diff(want, scrape(t, registry, "concierge_requests_total")); diff != "" {
		t.Error(diff)
	}
}

func TestMetricsCountErrorsByCode(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := middleware.NewMetrics(registry, nil)
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		record := middleware.RecordFrom(r.Context())
		var resolvers sync.WaitGroup
		for range 10 {
			resolvers.Go(func() { record.AddError(problem.UpstreamTimeout) })
		}
		resolvers.Wait()
		record.AddError(problem.Kind(99))
	})
	middleware.Observe(metrics.Count)(handler).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/graphql", nil))
	want := []string{
		`concierge_graphql_errors_total{code="INTERNAL"} 1`,
		`concierge_graphql_errors_total{code="UPSTREAM_TIMEOUT"} 10`,
	}
	if diff := cmp.Diff(want, scrape(t, registry, "concierge_graphql_errors_total")); diff != "" {
		t.Error(diff)
	}
}

func TestEnterDoorTellsWhoIsInside(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := middleware.NewMetrics(registry, nil)
	inside := make(map[string][]string)
	handler := middleware.EnterDoor(middleware.DoorPage, metrics)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		inside["during"] = scrape(t, registry, "concierge_requests_in_flight")
		_, _ = io.WriteString(w, "page")
	}))
	event := observed(t, handler, httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	inside["after"] = scrape(t, registry, "concierge_requests_in_flight")

	want := map[string][]string{"during": {`concierge_requests_in_flight{door="page"} 1`}, "after": nil}
	if diff := cmp.Diff(want, inside); diff != "" {
		t.Error(diff)
	}
	if event.Door != middleware.DoorPage {
		t.Errorf("door %v, want page", event.Door)
	}
}

func TestWhatFailsByNoFaultOfTheCallersIsCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := middleware.NewMetrics(registry, nil)
	for _, e := range []middleware.Event{
		{Status: 200},
		{Status: 499},
		{Status: 404},
		{Status: 200, Errors: map[problem.Kind]int{problem.NotFound: 2, problem.Forbidden: 1}},
		{Status: 200, Errors: map[problem.Kind]int{problem.NotFound: 1, problem.UpstreamTimeout: 3}},
		{Status: 503, Errors: map[problem.Kind]int{problem.Overloaded: 1}},
		{Status: 502},
	} {
		e.Door = middleware.DoorREST
		metrics.Count(nil, &e)
	}
	const series = `concierge_requests_failed_total{door="rest",operation=""}`
	if diff := cmp.Diff([]string{series + " 3"}, scrape(t, registry, series)); diff != "" {
		t.Error(diff)
	}
}

func TestBytesAreCountedByDoor(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := middleware.NewMetrics(registry, nil)
	metrics.Count(nil, &middleware.Event{Door: middleware.DoorREST, Read: 10, Bytes: 100, Status: 200})
	metrics.Count(nil, &middleware.Event{Door: middleware.DoorREST, Read: 5, Bytes: 2000, Status: 200})
	for series, want := range map[string]string{
		`concierge_request_bytes_total{door="rest"}`:                  " 15",
		`concierge_response_size_bytes_sum{door="rest"}`:              " 2100",
		`concierge_response_size_bytes_bucket{door="rest",le="256"}`:  " 1",
		`concierge_response_size_bytes_bucket{door="rest",le="4096"}`: " 2",
	} {
		if got := scrape(t, registry, series); len(got) != 1 || got[0] != series+want {
			t.Errorf("%s is %v, want%s", series, got, want)
		}
	}
}

// A trace that nobody has recorded leads nowhere.
func TestRecordedTracesAreExamplesOfDurations(t *testing.T) {
	const recorded, other = "4bf92f3577b34da6a3ce929d0e0e4736", "00000000000000000000000000000001"
	registry := prometheus.NewRegistry()
	metrics := middleware.NewMetrics(registry, nil)
	chain := middleware.RequestID(middleware.Observe(metrics.Count)(http.NotFoundHandler()))
	for _, parent := range []string{"00-" + recorded + "-00f067aa0ba902b7-01", "00-" + other + "-00f067aa0ba902b7-00"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Traceparent", parent)
		chain.ServeHTTP(httptest.NewRecorder(), r)
	}
	for accept, want := range map[string]int{"application/openmetrics-text; version=1.0.0": 1, "text/plain": 0} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		telemetry.Handler(registry).ServeHTTP(w, r)
		text := w.Body.String()
		if got := strings.Count(text, `# {trace_id="`+recorded+`"}`); got != want || strings.Contains(text, other) {
			t.Errorf("as %s there are %d examples of the recorded trace, want %d, and none of others:\n%s", accept, got, want, text)
		}
		if strings.Contains(text, "_created") {
			t.Errorf("as %s there are series of when others began", accept)
		}
	}
}

// What metrics cost each request.
func BenchmarkCount(b *testing.B) {
	metrics := middleware.NewMetrics(prometheus.NewRegistry(), []string{"Checkout"})
	r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	event := middleware.Event{
		Door: middleware.DoorGraphQL, Operation: "Checkout", Status: 200, Duration: time.Millisecond, Read: 300, Bytes: 900,
	}
	b.ReportAllocs()
	for b.Loop() {
		metrics.Count(r, &event)
	}
}

// Many at once, as all requests of one busy operation are.
func BenchmarkCountInParallel(b *testing.B) {
	metrics := middleware.NewMetrics(prometheus.NewRegistry(), []string{"Checkout"})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		event := middleware.Event{
			Door: middleware.DoorGraphQL, Operation: "Checkout", Status: 200, Duration: time.Millisecond, Read: 300, Bytes: 900,
		}
		for pb.Next() {
			metrics.Count(nil, &event)
		}
	})
}

func TestStatusesAreCountedFromAnyGoroutine(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := middleware.NewMetrics(registry, nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 300 {
				metrics.Count(nil, &middleware.Event{Door: middleware.DoorREST, Status: 200 + i%3})
			}
		})
	}
	all.Wait()
	want := []string{
		`concierge_requests_total{door="rest",operation="",status="200"} 800`,
		`concierge_requests_total{door="rest",operation="",status="201"} 800`,
		`concierge_requests_total{door="rest",operation="",status="202"} 800`,
	}
	if diff := cmp.Diff(want, scrape(t, registry, "concierge_requests_total")); diff != "" {
		t.Error(diff)
	}
}
