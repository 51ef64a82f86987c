package retry

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// Metrics counts what was tried again, and what was not.
type Metrics struct {
	retries  *prometheus.CounterVec
	refused  *prometheus.CounterVec
	replayed *prometheus.CounterVec
	hedges   *prometheus.CounterVec
}

// NewMetrics registers the metrics of all services.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	register := promauto.With(registerer)
	return &Metrics{
		retries: register.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_retries_total",
			Help: "Attempts after the first, by what the one before ended with.",
		}, []string{"service", "reason"}),
		refused: register.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_retries_refused_total",
			Help: "Failed attempts that were not repeated though they could have been: max, budget, time, retry_after.",
		}, []string{"service", "reason"}),
		replayed: register.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_replays_total",
			Help: "Requests sent again at once because a kept connection was closed before the answer's first byte.",
		}, []string{"service"}),
		hedges: register.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_upstream_hedges_total",
			Help: "Second attempts beside a slow first, by which of them answered: won (the second), lost.",
		}, []string{"service", "result"}),
	}
}

// refusal is why a failed attempt was not repeated.
type refusal int

const (
	refusedMax refusal = iota
	refusedBudget
	refusedTime
	refusedRetryAfter
	refusals
)

func (r refusal) String() string {
	return [refusals]string{"max", "budget", "time", "retry_after"}[r]
}

// serviceMetrics are one service's handles, so that no call looks up labels.
type serviceMetrics struct {
	service  string
	retried  map[attempt.Outcome]prometheus.Counter
	refused  [refusals]prometheus.Counter
	replayed prometheus.Counter
	won      prometheus.Counter
	lost     prometheus.Counter
}

func (m *Metrics) of(service string) *serviceMetrics {
	s := &serviceMetrics{
		service:  service,
		retried:  make(map[attempt.Outcome]prometheus.Counter),
		replayed: m.replayed.WithLabelValues(service),
		won:      m.hedges.WithLabelValues(service, "won"),
		lost:     m.hedges.WithLabelValues(service, "lost"),
	}
	for _, outcome := range attempt.Outcomes() {
		reason := outcome.String()
		if outcome == attempt.Answered {
			reason = "under_way" // the one answer that is no failure and is followed by another attempt
		}
		if outcome.Counts() {
			s.retried[outcome] = m.retries.WithLabelValues(service, reason)
		}
	}
	for reason := range refusals {
		s.refused[reason] = m.refused.WithLabelValues(service, reason.String())
	}
	return s
}

func (m *serviceMetrics) hedged(won bool) {
	if won {
		m.won.Inc()
	} else {
		m.lost.Inc()
	}
}
