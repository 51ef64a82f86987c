package passport

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics counts passports by what they cost.
type metrics struct{ signed, remembered prometheus.Counter }

func newMetrics(registerer prometheus.Registerer) metrics {
	vec := promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_auth_passports_total",
		Help: "Passports handed to services, by how they were come by: signed or remembered.",
	}, []string{"result"})
	return metrics{signed: vec.WithLabelValues("signed"), remembered: vec.WithLabelValues("remembered")}
}
