package memory

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Watch registers metrics of a store.
func Watch(registry prometheus.Registerer, s *Store) {
	with := promauto.With(registry)
	with.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "concierge_ratelimit_counters",
		Help: "Counters that this instance holds.",
	}, func() float64 { return float64(s.Len()) })
	with.NewCounterFunc(prometheus.CounterOpts{
		Name: "concierge_ratelimit_counters_evicted_total",
		Help: "Counters that were forgotten while they counted something, since there was no room for more.",
	}, func() float64 { return float64(s.Evicted()) })
}
