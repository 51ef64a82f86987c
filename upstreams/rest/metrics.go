package rest

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what only the reader of an answer can tell: that it is none, and whom it was for.
type Metrics struct{ unusable, joined *prometheus.CounterVec }

// NewMetrics registers the metrics of all services.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		unusable: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_unusable_answers_total",
			Help: "Answers of services that came and could not be used: cut off, too large, or not as the contract says.",
		}, []string{"service"}),
		joined: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_joined_lookups_total",
			Help: "Lookups by key that went to a service together with those of other requests, or needed no call of their own.",
		}, []string{"service"}),
	}
	registry.MustRegister(m.unusable, m.joined)
	return m
}
