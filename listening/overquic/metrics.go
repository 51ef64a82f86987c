package overquic

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics counts connections of QUIC.
type Metrics struct {
	connections prometheus.Gauge
	refused     prometheus.Counter
}

// NewMetrics registers them.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	return &Metrics{
		connections: promauto.With(registerer).NewGauge(prometheus.GaugeOpts{
			Name: "concierge_http3_connections", Help: "Connections of HTTP/3 that are open.",
		}),
		refused: promauto.With(registerer).NewCounter(prometheus.CounterOpts{
			Name: "concierge_http3_connections_refused_total", Help: "Connections of HTTP/3 over the limit.",
		}),
	}
}
