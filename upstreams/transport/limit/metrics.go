package limit

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/priority"
)

// Metrics shows what the limits do.
type Metrics struct {
	limit   *prometheus.GaugeVec
	inUse   *prometheus.GaugeVec
	waiting *prometheus.GaugeVec
	shed    *prometheus.CounterVec
}

// NewMetrics registers the metrics of all services.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"service"})
	}
	m := &Metrics{
		limit:   gauge("concierge_upstream_limit", "How many calls a service is given at the same time, until it answers."),
		inUse:   gauge("concierge_upstream_limit_in_use", "Calls that a service has, until it answers."),
		waiting: gauge("concierge_upstream_limit_waiting", "Calls that wait for room at a service."),
		shed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_shed_total",
			Help: "Calls that were turned away for want of room, by why: queue_full or waited.",
		}, []string{"service", "priority", "reason"}),
	}
	registry.MustRegister(m.limit, m.inUse, m.waiting, m.shed)
	return m
}

// of returns one service's share, so that a call looks up no labels.
func (m *Metrics) of(service string) *serviceMetrics {
	of := &serviceMetrics{
		limit:   m.limit.WithLabelValues(service),
		inUse:   m.inUse.WithLabelValues(service),
		waiting: m.waiting.WithLabelValues(service),
	}
	for _, class := range priority.Classes() {
		of.shed[rankOf(class)] = reasons{
			full:   m.shed.WithLabelValues(service, class.String(), "queue_full"),
			waited: m.shed.WithLabelValues(service, class.String(), "waited"),
		}
	}
	return of
}

type serviceMetrics struct {
	limit, inUse, waiting prometheus.Gauge
	shed                  [ranks]reasons
}

// reasons counts the calls of one class that were turned away.
type reasons struct{ full, waited prometheus.Counter }
