package gateway

import (
	"net/http"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
)

// affinity lets a service's calls go where those of the same caller went before (balance.policy hash). It stands behind the
// authentication, so that a caller cannot choose whom to be.
func affinity(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := func(kind, name string) string { return affinityKey(r, kind, name) }
		next.ServeHTTP(w, r.WithContext(balancer.WithAffinity(r.Context(), key)))
	})
}

func affinityKey(r *http.Request, kind, name string) string {
	switch kind {
	case "header":
		return r.Header.Get(name)
	case "cookie":
		if cookie, err := r.Cookie(name); err == nil {
			return cookie.Value
		}
		return ""
	default:
		return auth.FromContext(r.Context()).ID
	}
}

// anyHashes reports whether a service asks for it.
func anyHashes(c upstreams.Config) bool {
	for _, way := range c.Ways() {
		if way.Balance.Policy == balancer.ByHash {
			return true
		}
	}
	return false
}
