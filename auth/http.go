package auth

import (
	"net/http"

	"github.com/go-chi/jwtauth/v5"

	"github.com/concierge-gateway/concierge/problem"
)

// The challenges of RFC 6750, section 3. The words are ours: nothing of a token is repeated.
const (
	challengeMissing = `Bearer realm="concierge"`
	challengeInvalid = challengeMissing + `, error="invalid_token", error_description="the token is not valid here"`
	challengeExpired = challengeMissing + `, error="invalid_token", error_description="the token has expired"`
)

// Middleware names the caller of each request, for FromContext to find, and carries the verified token along as jwtauth
// does. Only the Authorization header is looked at: URLs end up in logs, and browsers send cookies on behalf of other sites.
func (v *Verifier) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		verdict, result := v.caller(r.Header)
		v.results[result].Inc()
		switch result {
		case accepted:
			ctx := jwtauth.NewContext(WithPrincipal(r.Context(), verdict.principal), verdict.token, nil)
			next.ServeHTTP(w, r.WithContext(ctx))
		case anonymous:
			next.ServeHTTP(w, r)
		case missing:
			challenge(w, challengeMissing, "a token is needed: Authorization: Bearer")
		case expired:
			challenge(w, challengeExpired, "the token has expired")
		default:
			challenge(w, challengeInvalid, "the token is not valid here")
		}
	})
}

func challenge(w http.ResponseWriter, challenge, message string) {
	w.Header().Set("WWW-Authenticate", challenge)
	problem.Write(w, problem.New(problem.Unauthenticated, message))
}
