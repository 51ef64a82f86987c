package tracing

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct{ recorded, over, left prometheus.Counter }

func newMetrics(registry prometheus.Registerer) *metrics {
	total := promauto.With(registry).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_traces_total",
		Help: "Traces that were to be recorded: recorded, or over_limit where there were too many in a second.",
	}, []string{"result"})
	return &metrics{
		recorded: total.WithLabelValues("recorded"), over: total.WithLabelValues("over_limit"),
		left: promauto.With(registry).NewCounter(prometheus.CounterOpts{
			Name: "concierge_traces_spans_left_out_total",
			Help: "Spans that their traces had no room for.",
		}),
	}
}
