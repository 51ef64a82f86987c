package acme

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct{ obtained, failed prometheus.Counter }

func newMetrics(registerer prometheus.Registerer) *metrics {
	orders := promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_tls_acme_orders_total",
		Help: "Certificates that an ACME authority was asked for, new ones and renewed ones, by what came of it.",
	}, []string{"result"})
	return &metrics{orders.WithLabelValues("obtained"), orders.WithLabelValues("failed")}
}

// event is certmagic's OnEvent.
func (m *metrics) event(_ context.Context, event string, _ map[string]any) error {
	switch event {
	case "cert_obtained":
		m.obtained.Inc()
	case "cert_failed":
		m.failed.Inc()
	}
	return nil
}
