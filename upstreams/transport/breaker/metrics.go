package breaker

import (
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what breakers do.
type Metrics struct {
	state       *prometheus.GaugeVec
	transitions *prometheus.CounterVec
	refused     *prometheus.CounterVec
}

// NewMetrics registers the metrics of all breakers.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		state: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "concierge_upstream_breaker_state",
			Help: "Whether calls are made: 0 closed (they are), 1 half-open, 2 open. Without endpoint, it is the service's own.",
		}, []string{"service", "endpoint"}),
		transitions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_breaker_transitions_total",
			Help: "Changes of breakers, by the state that they led to.",
		}, []string{"service", "endpoint", "to"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_breaker_refused_total",
			Help: "Calls that a breaker did not let through.",
		}, []string{"service", "endpoint"}),
	}
	registry.MustRegister(m.state, m.transitions, m.refused)
	return m
}

// Breaker returns a breaker whose changes are logged and counted. The endpoint is empty for the service's own. A breaker that is
// off is not counted.
func (m *Metrics) Breaker(config Config, service, endpoint string, log *slog.Logger) *Breaker {
	if !config.Enabled {
		return New(config, nil)
	}
	w := &watcher{log: log.With("service", service), state: m.state.WithLabelValues(service, endpoint)}
	if endpoint != "" {
		w.log = w.log.With("endpoint", endpoint)
	}
	for _, to := range []State{Closed, Open, HalfOpen} {
		w.transitions[to] = m.transitions.WithLabelValues(service, endpoint, to.String())
	}
	b := New(config, w.changed)
	b.refused = m.refused.WithLabelValues(service, endpoint).Inc
	return b
}

// Forget removes an endpoint that has gone. What its breaker still does is counted nowhere.
func (m *Metrics) Forget(service, endpoint string) {
	labels := prometheus.Labels{"service": service, "endpoint": endpoint}
	m.state.Delete(labels)
	m.transitions.DeletePartialMatch(labels)
	m.refused.Delete(labels)
}

// watcher logs and counts the changes of one breaker. Its handles are resolved once, so that it brings no series back that has
// been forgotten.
type watcher struct {
	log         *slog.Logger
	state       prometheus.Gauge
	transitions [3]prometheus.Counter
}

func (w *watcher) changed(change Change) {
	w.state.Set([...]float64{Closed: 0, HalfOpen: 1, Open: 2}[change.To])
	w.transitions[change.To].Inc()
	reason := slog.String("reason", change.Reason)
	switch change.To {
	case Open:
		w.log.Warn("breaker opened", reason, slog.Duration("for", change.For))
	case HalfOpen:
		w.log.Info("breaker half-open", reason)
	default:
		w.log.Info("breaker closed", reason)
	}
}
