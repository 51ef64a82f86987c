package rest

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what only the reader of an answer can tell: that it is none.
type Metrics struct{ unusable *prometheus.CounterVec }

// NewMetrics registers the metrics of all services.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{unusable: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_upstream_unusable_answers_total",
		Help: "Answers of services that came and could not be used: cut off, too large, or not as the contract says.",
	}, []string{"service"})}
	registry.MustRegister(m.unusable)
	return m
}
