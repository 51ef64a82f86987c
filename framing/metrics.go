package framing

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// refusedCounters registers the metric and resolves its handles, by reason.
func refusedCounters(registerer prometheus.Registerer) (counters [reasons]prometheus.Counter) {
	refused := promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_framing_refused_total",
		Help: "HTTP/1 requests refused because their bytes can be read in more than one way, by what was wrong with them.",
	}, []string{"reason"})
	for r := none + 1; r < reasons; r++ {
		counters[r] = refused.WithLabelValues(r.words().label)
	}
	return counters
}
