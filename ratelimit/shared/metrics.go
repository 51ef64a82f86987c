package shared

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// metrics counts what becomes of decisions, and how Redis is.
type metrics struct {
	duration                         prometheus.Histogram
	timeouts, errors, losses         prometheus.Counter
	local, open, closed              prometheus.Counter
	reachable, instances, leasesOpen prometheus.Gauge
	dropped                          prometheus.Counter
}

func newMetrics(registry prometheus.Registerer) *metrics {
	with := promauto.With(registry)
	failures := with.NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_ratelimit_store_errors_total",
		Help: "How often the shared counters became unreachable, by why: timeout, error, or lost where Redis had forgotten them.",
	}, []string{"reason"})
	decisions := with.NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_ratelimit_store_local_decisions_total",
		Help: "Decisions that were made without the shared counters, by what was decided by: local, open or closed.",
	}, []string{"kind"})
	gauge := func(name, help string) prometheus.Gauge {
		return with.NewGauge(prometheus.GaugeOpts{Name: "concierge_ratelimit_store_" + name, Help: help})
	}
	return &metrics{
		duration: with.NewHistogram(prometheus.HistogramOpts{
			Name:    "concierge_ratelimit_store_duration_seconds",
			Help:    "Time that Redis took for a decision.",
			Buckets: prometheus.ExponentialBuckets(0.00005, 2.5, 10),
		}),
		timeouts: failures.WithLabelValues(reasonTimeout), errors: failures.WithLabelValues(reasonError),
		losses: failures.WithLabelValues(reasonLost),
		local:  decisions.WithLabelValues("local"), open: decisions.WithLabelValues("open"),
		closed:     decisions.WithLabelValues("closed"),
		reachable:  gauge("reachable", "Whether the shared counters can be reached."),
		instances:  gauge("instances", "Instances that share the counters, as far as it is known."),
		leasesOpen: gauge("leases", "Keys that something is taken ahead for."),
		dropped: with.NewCounter(prometheus.CounterOpts{
			Name: "concierge_ratelimit_store_corrections_dropped_total",
			Help: "Corrections of the shared counters that were not made, since there were too many or Redis could not be reached.",
		}),
	}
}

func (m *metrics) failure(reason string) {
	switch reason {
	case reasonTimeout:
		m.timeouts.Inc()
	case reasonLost:
		m.losses.Inc()
	default:
		m.errors.Inc()
	}
}

func (m *metrics) decision(by charge.Decider) {
	switch by {
	case charge.ByLocal:
		m.local.Inc()
	case charge.ByOpen:
		m.open.Inc()
	case charge.ByClosed:
		m.closed.Inc()
	case charge.ByStore:
	}
}
