package fallback

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics counts what was answered in the place of services.
type Metrics struct{ answers *prometheus.CounterVec }

// NewMetrics registers the metrics of all services.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	return &Metrics{answers: promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_upstream_fallbacks_total",
		Help: "Calls that something else answered in the place of their service: static, upstream.",
	}, []string{"service", "source"})}
}

type serviceMetrics struct{ static, upstream prometheus.Counter }

func (m *Metrics) of(service string) *serviceMetrics {
	return &serviceMetrics{
		static:   m.answers.WithLabelValues(service, string(FromStatic)),
		upstream: m.answers.WithLabelValues(service, string(FromUpstream)),
	}
}

func (m *serviceMetrics) count(source Source) {
	if source == FromStatic {
		m.static.Inc()
	} else {
		m.upstream.Inc()
	}
}
