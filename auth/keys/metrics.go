package keys

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// result is how reading an issuer's keys ended, as metrics name it.
type result string

const (
	read        result = "ok"
	unreachable result = "unreachable" // there was no answer, or none in time, or it led elsewhere
	refused     result = "refused"     // the answer was not 200
	unusable    result = "unusable"    // what came is no good
)

// Metrics counts what is read of issuers' keys.
type Metrics struct {
	fetches *prometheus.CounterVec
	keys    *prometheus.GaugeVec
	success *prometheus.GaugeVec
}

// NewMetrics registers the metrics of all issuers.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	factory := promauto.With(registerer)
	return &Metrics{
		fetches: factory.NewCounterVec(prometheus.CounterOpts{
			Name: "concierge_auth_keys_fetches_total",
			Help: "Readings of an issuer's keys by their result: ok, unreachable, refused or unusable.",
		}, []string{"issuer", "result"}),
		keys: factory.NewGaugeVec(prometheus.GaugeOpts{
			Name: "concierge_auth_keys",
			Help: "Keys of an issuer that tokens can be verified with now.",
		}, []string{"issuer"}),
		success: factory.NewGaugeVec(prometheus.GaugeOpts{
			Name: "concierge_auth_keys_last_success_timestamp_seconds",
			Help: "When an issuer's keys were last read, in seconds since 1970. 0 is never.",
		}, []string{"issuer"}),
	}
}

// tally is one issuer's share.
type tally struct {
	fetches map[result]prometheus.Counter // nil where no calls are made
	keys    prometheus.Gauge
	success prometheus.Gauge
}

func (m *Metrics) of(issuer string, remote bool) tally {
	t := tally{keys: m.keys.WithLabelValues(issuer), success: m.success.WithLabelValues(issuer)}
	if !remote {
		return t
	}
	t.fetches = make(map[result]prometheus.Counter)
	for _, r := range []result{read, unreachable, refused, unusable} {
		t.fetches[r] = m.fetches.WithLabelValues(issuer, string(r))
	}
	return t
}
