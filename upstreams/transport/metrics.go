package transport

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts calls to services.
type Metrics struct {
	calls    *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
}

// NewMetrics registers the metrics of all services.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_requests_total",
			Help: "Calls to services, by status or by why there was none: timeout, unreachable, cancelled.",
		}, []string{"service", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "concierge_upstream_request_duration_seconds",
			Help:    "Time from sending a call to the header of its answer.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2.5, 12),
		}, []string{"service"}),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "concierge_upstream_requests_in_flight",
			Help: "Calls to services that wait for an answer.",
		}, []string{"service"}),
	}
	registry.MustRegister(m.calls, m.duration, m.inFlight)
	return m
}

// of returns one service's share, so that a call looks up no labels but its code.
func (m *Metrics) of(service string) *serviceMetrics {
	return &serviceMetrics{
		calls:    m.calls.MustCurryWith(prometheus.Labels{"service": service}),
		duration: m.duration.WithLabelValues(service),
		inFlight: m.inFlight.WithLabelValues(service),
	}
}

type serviceMetrics struct {
	calls    *prometheus.CounterVec
	duration prometheus.Observer
	inFlight prometheus.Gauge
}

func (m *serviceMetrics) count(code string, took time.Duration) {
	m.calls.WithLabelValues(code).Inc()
	m.duration.Observe(took.Seconds())
}
