package shared

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

func (o *Order) measure(registry prometheus.Registerer) {
	promauto.With(registry).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "concierge_purges_waiting", Help: "Tags whose purge other instances cannot hear of yet.",
	}, func() float64 { return float64(o.out.waiting()) })
}
