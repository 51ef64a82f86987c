package pressure

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// register shows the gauge as it is when somebody asks.
func register(g *Gauge, registerer prometheus.Registerer) {
	with := promauto.With(registerer)
	for _, each := range []struct {
		name, help string
		now        func() float64
	}{
		{"concierge_memory_limit_bytes", "What the process's memory is to stay below.", func() float64 { return float64(g.limit) }},
		{
			"concierge_memory_counted_bytes", "How much of the limit is used, without what the collector would free.",
			func() float64 { return float64(g.live.Load()) },
		},
		{
			"concierge_memory_in_flight_bytes", "What requests hold of the budget for bodies and answers.",
			func() float64 { return float64(g.budget.used.Load()) },
		},
		{
			"concierge_memory_pressure",
			"How short memory is: 0 not at all, 1 caches take less, 2 batch is refused, 3 interactive too, 4 everybody.",
			func() float64 { return float64(g.now()) },
		},
	} {
		with.NewGaugeFunc(prometheus.GaugeOpts{Name: each.name, Help: each.help}, each.now)
	}
	with.NewCounterFunc(prometheus.CounterOpts{
		Name: "concierge_memory_refused_total", Help: "Bodies and answers for which the budget had no room.",
	}, func() float64 { return float64(g.budget.refused.Load()) })
}
