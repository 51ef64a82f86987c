package tests

import (
	"net/http"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

func TestTheAdminListenerTellsOperators(t *testing.T) {
	p := start(t, standard)
	for path, want := range map[string]string{
		"/livez":                          "alive\n",
		"/readyz":                         "ready\n",
		"/metrics":                        "concierge_build_info{",
		"/":                               "Concierge ",
		"/debug/pprof/":                   "goroutine",
		"/debug/pprof/heap":               "",
		"/debug/pprof/cmdline":            "",
		"/debug/pprof/symbol":             "num_symbols",
		"/debug/pprof/trace?seconds=0.01": "",
	} {
		if r := get(t, p.admin+path); r.status != http.StatusOK || !strings.Contains(string(r.body), want) {
			t.Errorf("%s is answered with %d %.100q, want %q in it", path, r.status, r.body, want)
		}
	}
	if page := string(get(t, p.admin+"/").body); !strings.Contains(page, strings.TrimPrefix(p.config.Upstreams.Order.Transport.URLs[1], "http://")) {
		t.Errorf("the status page does not name the services:\n%s", page)
	}
}

func TestNeitherListenerServesTheOthersPages(t *testing.T) {
	p := start(t, with(standard, "graphql", "graphiql: true"))
	for _, path := range []string{"/livez", "/readyz", "/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/purge"} {
		refusal{404, problemJSON, "NOT_FOUND", "there is nothing here", ""}.check(t, get(t, p.public+path))
	}
	for _, path := range []string{"/graphql", "/graphiql/settings.json"} {
		r := get(t, p.admin+path)
		if form := r.header.Get("Content-Type"); r.status != http.StatusNotFound || form != problemJSON {
			t.Errorf("%s of the admin listener is answered with %d %s", path, r.status, form)
		}
	}
}

// What names a series must come from the configuration, never from a caller.
func TestMetricsCountRequestsByDoorAndKnownOperation(t *testing.T) {
	p := start(t, with(standard, "graphql", "operations: [Known]"))
	p.services.SetFault(demo.Product, demo.Fault{Status: 500})
	p.run(t, operation{query: `query Known { me { id } }`})
	p.run(t, operation{query: `query Known { user(id: 8) { id } product(id: 8) { id } }`})
	p.run(t, operation{query: `query ` + "Canary7731" + ` { me { id } }`})
	p.run(t, operation{query: `{ me { id } }`})
	p.run(t, operation{as: "nobody", query: `query Known { me { id } }`})
	p.post(t, `{"query": "{"}`, graphqlJSON)
	get(t, p.public+"/"+canary)

	for metric, want := range map[string]float64{
		`concierge_requests_total{door="graphql",operation="Known",status="200"}`:    2,
		`concierge_requests_total{door="graphql",operation="other",status="200"}`:    2,
		`concierge_requests_total{door="graphql",operation="other",status="400"}`:    1,
		`concierge_requests_total{door="graphql",operation="other",status="401"}`:    1,
		`concierge_requests_total{door="none",operation="",status="404"}`:            1,
		`concierge_request_duration_seconds_count{door="graphql",operation="Known"}`: 2,
		`concierge_request_duration_seconds_count{door="graphql",operation="other"}`: 4,
		`concierge_requests_in_flight{door="graphql"}`:                               0,
		`concierge_graphql_errors_total{code="UPSTREAM_ERROR"}`:                      1,
		`concierge_graphql_errors_total{code="GRAPHQL_PARSE_FAILED"}`:                1,
		`concierge_graphql_errors_total{code="INTERNAL"}`:                            0,
		`concierge_auth_total{result="ok"}`:                                          5,
		`concierge_auth_total{result="missing"}`:                                     1,
		`concierge_panics_total`:                                                     0,
		`concierge_upstream_requests_total{code="200",service="user"}`:               4,
		`concierge_upstream_requests_total{code="500",service="product"}`:            1,
		`concierge_upstream_request_duration_seconds_count{service="user"}`:          4,
		`concierge_upstream_requests_in_flight{service="user"}`:                      0,
	} {
		if got := counted(t, p, metric); got != want {
			t.Errorf("%s is %v, want %v", metric, got, want)
		}
	}
	saysNothingOf(t, string(get(t, p.admin+"/metrics").body), canary, "Canary7731")
}

func TestMetricsTellHowCallsToServicesFailed(t *testing.T) {
	yaml := strings.Replace(standard, `["${PAYMENT_URL}", "${PAYMENT_URL_2}"]`, `["http://127.0.0.1:1"]`, 1)
	yaml = strings.Replace(yaml, "  product:\n", "  product:\n    timeouts: {header: 30ms}\n", 1)
	p := start(t, yaml)
	p.services.SetFault(demo.Product, demo.Fault{Hang: true})
	p.services.SetFault(demo.Order, demo.Fault{Status: 404})
	r := p.run(t, operation{as: "support", query: `{ payment(id: 1) { id } product(id: 1) { id } order(id: 1) { id } }`})
	for _, code := range []string{"UPSTREAM_UNAVAILABLE", "UPSTREAM_TIMEOUT"} {
		if !strings.Contains(string(r.body), code) {
			t.Errorf("there is no %s in %s", code, r.body)
		}
	}
	for metric, want := range map[string]float64{
		`concierge_upstream_requests_total{code="unreachable",service="payment"}`: 1,
		`concierge_upstream_requests_total{code="timeout",service="product"}`:     1,
		`concierge_upstream_requests_total{code="404",service="order"}`:           1,
	} {
		if got := counted(t, p, metric); got != want {
			t.Errorf("%s is %v, want %v", metric, got, want)
		}
	}
}
