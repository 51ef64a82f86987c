package auth

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/go-chi/jwtauth/v5"

	"github.com/concierge-gateway/concierge/problem"
)

// The challenges of RFC 6750, section 3. The words are ours: nothing of a token is repeated.
const (
	// Challenge says that a token is needed.
	Challenge        = `Bearer realm="concierge"`
	challengeInvalid = Challenge + `, error="invalid_token", error_description="the token is not valid here"`
	challengeExpired = Challenge + `, error="invalid_token", error_description="the token has expired"`
)

// Require is nil where the caller was granted all scopes. Otherwise it is the problem to answer with, and w says by a challenge
// what would help. Where no scopes are named, it takes a caller with a name.
func Require(w http.ResponseWriter, caller Principal, scopes ...string) error {
	if caller.Anonymous() {
		w.Header().Set("WWW-Authenticate", Challenge)
		return problem.New(problem.Unauthenticated, "")
	}
	for _, scope := range scopes {
		if !caller.Has(scope) {
			w.Header().Set("WWW-Authenticate", Challenge+
				fmt.Sprintf(`, error="insufficient_scope", scope=%q`, strings.Join(scopes, " ")))
			return problem.New(problem.Forbidden, "")
		}
	}
	return nil
}

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
			challenge(w, Challenge, "a token is needed: Authorization: Bearer")
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
