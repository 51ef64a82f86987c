package status

import (
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// The metrics that the page is made of. A test compares them with what the gateway exports.
const (
	requests        = "concierge_requests_total"
	requestDuration = "concierge_request_duration_seconds"
	requestsInFly   = "concierge_requests_in_flight"
	requestsShed    = "concierge_requests_shed_total"
	graphqlErrors   = "concierge_graphql_errors_total"
	panics          = "concierge_panics_total"
	decisions       = "concierge_ratelimit_decisions_total"
	countersShared  = "concierge_ratelimit_store_reachable"
	cacheRequests   = "concierge_cache_requests_total"
	cacheBytes      = "concierge_cache_bytes"
	cacheEntries    = "concierge_cache_entries"
	cacheShared     = "concierge_cache_second_reachable"
	purgesShared    = "concierge_purges_in_touch"
	calls           = "concierge_upstream_requests_total"
	callDuration    = "concierge_upstream_request_duration_seconds"
	callsInFlight   = "concierge_upstream_requests_in_flight"
	attempts        = "concierge_upstream_attempts_total"
	retries         = "concierge_upstream_retries_total"
	subscriptions   = "concierge_subscriptions"
	connections     = "concierge_subscription_connections"
	certificateEnds = "concierge_tls_certificate_expiry_timestamp_seconds"
	configTaken     = "concierge_config_reload_successful"
	goroutines      = "go_goroutines"
	heapBytes       = "go_memstats_heap_alloc_bytes"
	collections     = "go_gc_duration_seconds"
	residentBytes   = "process_resident_memory_bytes"
	cpuSeconds      = "process_cpu_seconds_total"
	openFiles       = "process_open_fds"
	maxFiles        = "process_max_fds"
)

// way is how the series of a family are told apart: by these labels, the value of one of them brought down to a few words.
type way struct {
	by     labels
	coarse string
	words  func(string) string
}

// readFamilies are how each metric is read.
func readFamilies() map[string]way {
	return map[string]way{
		requests:        {by: labels{"door", "status"}},
		requestDuration: {by: labels{"door"}},
		requestsInFly:   {by: labels{"door"}},
		requestsShed:    {by: labels{"door"}},
		graphqlErrors:   {by: labels{"code"}},
		panics:          {},
		decisions:       {by: labels{"rule", "outcome"}},
		countersShared:  {},
		cacheRequests:   {by: labels{"cache", "result"}},
		cacheBytes:      {by: labels{"cache"}},
		cacheEntries:    {by: labels{"cache"}},
		cacheShared:     {},
		purgesShared:    {},
		calls:           {by: labels{"service", "code"}, coarse: "code", words: outcome},
		callDuration:    {by: labels{"service"}},
		callsInFlight:   {by: labels{"service"}},
		attempts:        {by: labels{"service", "endpoint", "code"}, coarse: "code", words: outcome},
		retries:         {by: labels{"service"}},
		subscriptions:   {by: labels{"transport"}},
		connections:     {by: labels{"transport"}},
		certificateEnds: {by: labels{"name", "key"}},
		configTaken:     {},
		goroutines:      {},
		heapBytes:       {},
		collections:     {},
		residentBytes:   {},
		cpuSeconds:      {},
		openFiles:       {},
		maxFiles:        {},
	}
}

// The outcomes of a call.
const (
	succeeded = "ok"
	failed    = "failed"
	left      = "cancelled"
)

// outcome is what a service's code means for the service. A 4xx is an answer like any other.
func outcome(code string) string {
	switch {
	case code == left:
		return left
	case len(code) == 3 && code >= "100" && code < "500":
		return succeeded
	default:
		return failed
	}
}

func (w way) key(metric *dto.Metric) labels {
	var key labels
	for _, pair := range metric.GetLabel() {
		for i, name := range w.by {
			if name != "" && pair.GetName() == name {
				key[i] = w.word(name, pair.GetValue())
			}
		}
	}
	return key
}

func (w way) word(label, value string) string {
	if label == w.coarse {
		return w.words(value)
	}
	return value
}

// serverFault reports whether a status is one for which not the caller is to blame.
func serverFault(status string) bool { return strings.HasPrefix(status, "5") }
