package otlp

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

type metrics struct{ sent, dropped, failed prometheus.Counter }

func newMetrics(registry prometheus.Registerer, waiting func() int) *metrics {
	spans := promauto.With(registry).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_traces_spans_total",
		Help: "Spans that were to be sent: sent, dropped for want of room in the queue, or failed, which the collector did not take.",
	}, []string{"result"})
	promauto.With(registry).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "concierge_traces_queue", Help: "Spans that wait to be sent.",
	}, func() float64 { return float64(waiting()) })
	return &metrics{
		sent: spans.WithLabelValues("sent"), dropped: spans.WithLabelValues("dropped"), failed: spans.WithLabelValues("failed"),
	}
}
