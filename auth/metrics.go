package auth

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/concierge-gateway/concierge/audit"
)

// result is how the question who is calling was answered, as metrics name it.
type result string

const (
	accepted    result = "ok"
	anonymous   result = "anonymous"
	missing     result = "missing"
	invalid     result = "invalid"
	expired     result = "expired"
	revoked     result = "revoked"
	unavailable result = "unavailable"
	crossSite   result = "cross_site"
	unnamed     result = "unnamed" // it was left to a service
)

// reason is what the audit says of a request that was refused.
func (r result) reason() audit.Reason {
	switch r {
	case missing:
		return audit.Unauthenticated
	case expired:
		return audit.Expired
	case revoked:
		return audit.Revoked
	case unavailable:
		return audit.Unavailable
	case crossSite:
		return audit.CrossSite
	default:
		return audit.Invalid
	}
}

func newResults(registerer prometheus.Registerer) map[result]prometheus.Counter {
	vec := promauto.With(registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "concierge_auth_total",
		Help: "Requests by what became of their credential: " +
			"ok, anonymous, missing, invalid, expired, revoked, unavailable or cross_site, and unnamed where a service finds out.",
	}, []string{"result"})
	counters := make(map[result]prometheus.Counter)
	for _, r := range []result{accepted, anonymous, missing, invalid, expired, revoked, unavailable, crossSite, unnamed} {
		counters[r] = vec.WithLabelValues(string(r))
	}
	return counters
}
