package auth

import (
	"context"
	"net/http"

	"github.com/concierge-gateway/concierge/facts"
)

// The challenges of RFC 6750, section 3. The words are ours: nothing of a credential is repeated.
const (
	// Challenge says that a token is needed.
	Challenge        = `Bearer realm="concierge"`
	challengeInvalid = Challenge + `, error="invalid_token", error_description="the credential is not valid here"`
	// ChallengeScope says that another scope is needed than the caller has.
	ChallengeScope   = Challenge + `, error="insufficient_scope"`
	challengeExpired = Challenge + `, error="invalid_token", error_description="the credential has expired"`
)

type metadataKey struct{}

// Pointing has the challenges of this package, where they answer requests that it wraps, say where the metadata are of what was
// asked for (RFC 9728, section 5.1). where gives a URL that can stand in quotes, or nothing for a request of which it cannot
// tell. It is called only where there is a challenge.
func Pointing(where func(ctx context.Context) string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, facts.Add(r, metadataKey{}, where))
		})
	}
}

// challenge says with an answer what would help.
func challenge(w http.ResponseWriter, r *http.Request, words string) {
	if where, ok := r.Context().Value(metadataKey{}).(func(context.Context) string); ok {
		if url := where(r.Context()); url != "" {
			words += `, resource_metadata="` + url + `"`
		}
	}
	w.Header().Set("WWW-Authenticate", words)
}
