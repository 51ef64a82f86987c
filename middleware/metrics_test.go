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
		metrics.Count(nil, middleware.Event{Door: door, Operation: operation, Status: status, Duration: 3 * time.Millisecond})
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
	metrics.Count(nil, middleware.Event{Door: middleware.DoorGraphQL, Operation: "Checkout", Status: 200, Duration: time.Hour, Ended: "left"})

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
		metrics.Count(nil, middleware.Event{Door: each.door, Operation: each.operation, Route: each.operation, Status: 200})
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
