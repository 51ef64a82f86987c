package readiness

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct {
	ready   prometheus.Gauge
	took    prometheus.Gauge
	missing *prometheus.GaugeVec
}

func newMetrics(registerer prometheus.Registerer, parts []Part) *metrics {
	register := promauto.With(registerer)
	m := &metrics{
		ready: register.NewGauge(prometheus.GaugeOpts{
			Name: "concierge_ready",
			Help: "Whether requests may be sent to this instance: 1 from the end of its start until it drains.",
		}),
		took: register.NewGauge(prometheus.GaugeOpts{
			Name: "concierge_start_seconds",
			Help: "How long the start took until the instance was ready, 0 before that.",
		}),
		missing: register.NewGaugeVec(prometheus.GaugeOpts{
			Name: "concierge_start_missing",
			Help: "What was not there when the start was last looked at, by part. More than 0 once ready: the instance went on without.",
		}, []string{"part"}),
	}
	m.lacks(parts, nil)
	return m
}

func (m *metrics) lacks(parts []Part, missing []Lack) {
	counts := make(map[string]int, len(parts))
	for _, each := range missing {
		counts[each.Part]++
	}
	for _, part := range parts {
		m.missing.WithLabelValues(part.Name).Set(float64(counts[part.Name]))
	}
}
