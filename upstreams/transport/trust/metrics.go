package trust

import (
	"crypto/tls"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics tells until when the gateway's certificates towards services are good.
type Metrics struct{ expiry *prometheus.GaugeVec }

// NewMetrics registers the metrics of all services.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	return &Metrics{expiry: promauto.With(registerer).NewGaugeVec(prometheus.GaugeOpts{
		Name: "concierge_upstream_certificate_expiry_timestamp_seconds",
		Help: "When the certificate expires that the gateway shows to a service.",
	}, []string{"service"})}
}

func (m *Metrics) of(service string) func(*tls.Certificate) {
	return func(pair *tls.Certificate) {
		if pair.Leaf != nil {
			m.expiry.WithLabelValues(service).Set(float64(pair.Leaf.NotAfter.Unix()))
		}
	}
}
