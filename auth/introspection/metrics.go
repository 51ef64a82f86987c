package introspection

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// result is how a question about a token was answered, as metrics name it.
type result string

const (
	active     result = "active"
	inactive   result = "inactive"
	failed     result = "failed"
	remembered result = "remembered"
)

func newResults(registerer prometheus.Registerer) map[result]prometheus.Counter {
	vec := promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_auth_introspections_total",
		Help: "Questions to the issuer of opaque tokens by answer: active, inactive or failed; " +
			"and checks that a remembered answer made unnecessary. Checks that shared a question count once.",
	}, []string{"result"})
	counters := make(map[result]prometheus.Counter)
	for _, r := range []result{active, inactive, failed, remembered} {
		counters[r] = vec.WithLabelValues(string(r))
	}
	return counters
}
