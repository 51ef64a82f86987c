package balancer

import (
	"github.com/prometheus/client_golang/prometheus"
)

// states shows how endpoints are, at the moment when somebody asks: nothing has to be kept true in between.
type states struct {
	metrics                                 *Metrics
	endpoints, panicking, inFlight, latency *prometheus.Desc
}

func newStates(m *Metrics) *states {
	return &states{
		metrics: m,
		endpoints: prometheus.NewDesc("concierge_upstream_endpoints",
			"Endpoints, by what keeps them from being used: nothing (healthy), health checks, an ejection, or an open breaker.",
			[]string{"service", "state"}, nil),
		panicking: prometheus.NewDesc("concierge_upstream_panic",
			"Whether so few endpoints are usable that all are used.",
			[]string{"service"}, nil),
		inFlight: prometheus.NewDesc("concierge_upstream_endpoint_in_flight",
			"Attempts that an endpoint works on.",
			[]string{"service", "endpoint"}, nil),
		latency: prometheus.NewDesc("concierge_upstream_endpoint_latency_seconds",
			"What the next answer of an endpoint will about take, by which the policy p2c goes.",
			[]string{"service", "endpoint"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (s *states) Describe(into chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{s.endpoints, s.panicking, s.inFlight, s.latency} {
		into <- desc
	}
}

// Collect implements prometheus.Collector.
func (s *states) Collect(into chan<- prometheus.Metric) {
	for _, p := range s.metrics.shown() {
		s.collect(p, into)
	}
}

func (s *states) collect(p *Pool, into chan<- prometheus.Metric) {
	show := func(desc *prometheus.Desc, value float64, labels ...string) {
		into <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, append([]string{p.service}, labels...)...)
	}
	seen := p.look()
	counts := map[State]int{Healthy: 0, Unhealthy: 0, Ejected: 0, Open: 0}
	named := make(map[string]Status) // endpoints can have a label in common
	for _, e := range seen {
		counts[e.State]++
		both := named[e.label]
		both.InFlight += e.InFlight
		both.Latency = max(both.Latency, e.Latency)
		named[e.label] = both
	}
	for state, count := range counts {
		show(s.endpoints, float64(count), string(state))
	}
	for label, e := range named {
		show(s.inFlight, float64(e.InFlight), label)
		if e.Latency > 0 {
			show(s.latency, e.Latency.Seconds(), label)
		}
	}
	panicking := 0.0
	if p.lineup.Load().panic {
		panicking = 1
	}
	show(s.panicking, panicking)
}
