package admission

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/priority"
)

// Metrics counts the requests that were turned away.
type Metrics struct{ shed *prometheus.CounterVec }

// NewMetrics registers the metrics of all doors.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	return &Metrics{promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_requests_shed_total",
		Help: "Requests turned away because the gateway was full or memory was short, by door and by the priority that they were " +
			"judged by.",
	}, []string{"door", "priority"})}
}

// of is one door's share, by class.
func (m *Metrics) of(door middleware.Door) map[priority.Class]prometheus.Counter {
	shed := make(map[priority.Class]prometheus.Counter)
	for _, class := range priority.Classes() {
		shed[class] = m.shed.WithLabelValues(door.String(), class.String())
	}
	return shed
}
