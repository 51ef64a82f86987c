package auth

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// result is how the question who is calling was answered, as metrics name it.
type result string

const (
	accepted  result = "ok"
	anonymous result = "anonymous"
	missing   result = "missing"
	invalid   result = "invalid"
	expired   result = "expired"
)

func newResults(registerer prometheus.Registerer) map[result]prometheus.Counter {
	vec := promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_auth_total",
		Help: "Requests by what became of their token: ok, anonymous, missing, invalid or expired.",
	}, []string{"result"})
	counters := make(map[result]prometheus.Counter)
	for _, r := range []result{accepted, anonymous, missing, invalid, expired} {
		counters[r] = vec.WithLabelValues(string(r))
	}
	return counters
}
