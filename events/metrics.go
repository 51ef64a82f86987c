package events

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// counts are the hub's metrics. Services are those of the configuration, or other instances' names for them.
type counts struct {
	came, known *prometheus.CounterVec
	lost        *prometheus.CounterVec
	malformed   *prometheus.CounterVec
	slow        prometheus.Counter
}

func (h *Hub) measure(registry prometheus.Registerer) {
	with := promauto.With(registry)
	h.counts = counts{
		came: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_events_received_total", Help: "Events of services, by the way they came: feed, webhook or shared.",
		}, []string{"service", "way"}),
		known: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_events_duplicate_total", Help: "Events that were known already, and were dropped.",
		}, []string{"service", "way"}),
		lost: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_events_lost_total", Help: "How often events of a service, or of all, may have been missed.",
		}, []string{"service"}),
		malformed: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_events_malformed_total", Help: "Messages of services that were no events, and were passed over.",
		}, []string{"service", "way"}),
		slow: with.NewCounter(prometheus.CounterOpts{
			Name: "concierge_events_slow_total", Help: "Subscriptions that were dropped because they were not read in time.",
		}),
	}
	with.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "concierge_events_subscriptions", Help: "Subscriptions to events that are open.",
	}, func() float64 {
		h.mu.Lock()
		defer h.mu.Unlock()
		return float64(len(h.all))
	})
}

func (c counts) received(service string, way Way) { c.came.WithLabelValues(service, string(way)).Inc() }

func (c counts) duplicate(service string, way Way) {
	c.known.WithLabelValues(service, string(way)).Inc()
}

func (c counts) losses(service string) {
	if service == "" {
		service = "all"
	}
	c.lost.WithLabelValues(service).Inc()
}
