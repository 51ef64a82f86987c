package subscriptions

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics count connections and subscriptions.
type Metrics struct {
	connections, subscriptions *prometheus.GaugeVec
	connectionsEnded, ended    *prometheus.CounterVec
	told                       *prometheus.CounterVec
	refused                    *prometheus.CounterVec
}

// NewMetrics registers the metrics, with a value for each label from the start.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	with := promauto.With(registerer)
	m := &Metrics{
		connections: with.NewGaugeVec(prometheus.GaugeOpts{
			Name: "concierge_subscription_connections",
			Help: "Connections that are open to be told of events, by transport.",
		}, []string{"transport"}),
		subscriptions: with.NewGaugeVec(prometheus.GaugeOpts{
			Name: "concierge_subscriptions", Help: "Subscriptions that are under way, by transport.",
		}, []string{"transport"}),
		connectionsEnded: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_subscription_connections_ended_total",
			Help: "Connections that were open to be told of events and have ended, by transport and reason.",
		}, []string{"transport", "reason"}),
		ended: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_subscriptions_ended_total", Help: "Subscriptions that have ended, by transport and reason.",
		}, []string{"transport", "reason"}),
		told: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_subscription_events_total", Help: "Events that subscriptions were told of, by transport.",
		}, []string{"transport"}),
		refused: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_subscriptions_refused_total",
			Help: "Connections and subscriptions that were refused because there were as many as may be, by the limit.",
		}, []string{"limit"}),
	}
	m.begin()
	return m
}

func (m *Metrics) begin() {
	for _, by := range []Transport{WebSocket, EventStream} {
		m.connections.WithLabelValues(string(by))
		m.subscriptions.WithLabelValues(string(by))
		m.told.WithLabelValues(string(by))
		for _, reason := range Reasons() {
			m.connectionsEnded.WithLabelValues(string(by), string(reason))
			m.ended.WithLabelValues(string(by), string(reason))
		}
	}
	for _, limit := range limits() {
		m.refused.WithLabelValues(string(limit))
	}
}
