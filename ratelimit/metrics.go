package ratelimit

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// What a rule can decide, as metrics tell it.
const (
	allowed  = "allowed"
	limited  = "limited"  // refused
	measured = "measured" // would have been refused, if the rule were enforced
)

type metrics struct {
	decisions *prometheus.CounterVec
	used      *prometheus.HistogramVec
	unshared  *prometheus.CounterVec
	errors    prometheus.Counter
}

func newMetrics(registry prometheus.Registerer) *metrics {
	with := promauto.With(registry)
	return &metrics{
		decisions: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_ratelimit_decisions_total",
			Help: "What rules decided, by rule, plan and outcome: allowed, limited (also in part), or measured (would have been).",
		}, []string{"rule", "plan", "outcome"}),
		used: with.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "concierge_ratelimit_used_ratio",
			Help:    "How much of its limit a caller has used, by rule and plan, after each decision.",
			Buckets: []float64{0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1},
		}, []string{"rule", "plan"}),
		unshared: with.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_ratelimit_unshared_total",
			Help: "Decisions without the counters that instances share, by rule and by what decided: local, open or closed.",
		}, []string{"rule", "by"}),
		errors: with.NewCounter(prometheus.CounterOpts{
			Name: "concierge_ratelimit_errors_total",
			Help: "Requests that were let pass because they could not be counted, which is a fault of the gateway's.",
		}),
	}
}

// ruleMetrics are those of one rule.
type ruleMetrics struct {
	plan                       string
	allowed, limited, measured prometheus.Counter
	used                       prometheus.Observer
	unshared                   map[charge.Decider]prometheus.Counter
}

func (m *metrics) of(rule, plan string) ruleMetrics {
	return ruleMetrics{
		plan:     plan,
		allowed:  m.decisions.WithLabelValues(rule, plan, allowed),
		limited:  m.decisions.WithLabelValues(rule, plan, limited),
		measured: m.decisions.WithLabelValues(rule, plan, measured),
		used:     m.used.WithLabelValues(rule, plan),
		unshared: map[charge.Decider]prometheus.Counter{
			charge.ByLocal:  m.unshared.WithLabelValues(rule, "local"),
			charge.ByOpen:   m.unshared.WithLabelValues(rule, "open"),
			charge.ByClosed: m.unshared.WithLabelValues(rule, "closed"),
		},
	}
}

// record counts what became of a reservation. What was granted in part was refused in part.
func (l *Limiter) record(a *Account, t *taken) {
	short := t.reservation.Granted < t.reservation.Want
	var over *rule // that was counted last: its burst's charge follows its own
	for i, r := range t.rules {
		c := &t.reservation.Charges[i]
		if c.Rate != r.burst {
			l.recordUse(t, r, c)
		}
		switch {
		case !short && c.Rate != r.burst:
			r.metrics.allowed.Inc()
		case short && r != over && (c.Wait != 0 || t.uncounted(i)):
			over = r
			l.recordOver(a, r)
		}
	}
}

func (l *Limiter) recordUse(t *taken, r *rule, c *charge.Charge) {
	r.metrics.used.Observe(1 - float64(c.Remaining)/float64(c.Rate.Limit))
	if by := t.reservation.By; by != charge.ByStore {
		r.metrics.unshared[by].Inc()
	}
}

// recordOver counts a rule that there was not enough of.
func (l *Limiter) recordOver(a *Account, r *rule) {
	if r.Mode == Measure {
		r.metrics.measured.Inc()
		return
	}
	r.metrics.limited.Inc()
	if subject, ok := a.subject(r.By); ok {
		l.consumers.refused(r, subject)
	}
}

// failed notes that a request could not be counted, which no store does: each decides also where another machine is gone.
func (l *Limiter) failed(ctx context.Context, err error) {
	l.metrics.errors.Inc()
	l.parts.Log.LogAttrs(ctx, slog.LevelError, "a request could not be counted", slog.String("error", err.Error()))
}
