package audit

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// other stands for what has no series of its own.
const other = "other"

func newDenied(registerer prometheus.Registerer) *prometheus.CounterVec {
	return promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_denied_total",
		Help: "Denials, by door, the rule that made them, and reason.",
	}, []string{"door", "rule", "reason"})
}

func (l *Log) count(door, rule string, reason Reason) {
	l.denied.WithLabelValues(door, l.label(rule), reason.label()).Inc()
}

// label keeps a rule that nobody named in advance from having a series.
func (l *Log) label(rule string) string {
	if _, ok := l.rules[rule]; ok {
		return rule
	}
	return other
}
