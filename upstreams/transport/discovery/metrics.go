package discovery

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics counts the look-ups of services' host names.
type Metrics struct{ lookups *prometheus.CounterVec }

// NewMetrics registers the metrics of all services.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	return &Metrics{lookups: promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_upstream_lookups_total",
		Help: "Look-ups of services' host names: ok, failed.",
	}, []string{"service", "result"})}
}

type serviceMetrics struct{ ok, failed prometheus.Counter }

func (m *Metrics) of(service string) *serviceMetrics {
	return &serviceMetrics{
		ok:     m.lookups.WithLabelValues(service, "ok"),
		failed: m.lookups.WithLabelValues(service, "failed"),
	}
}

func (m *serviceMetrics) count(err error) {
	if err != nil {
		m.failed.Inc()
		return
	}
	m.ok.Inc()
}
