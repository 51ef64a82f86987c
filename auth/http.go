package auth

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/auth/passport"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
)

// ruleCredential is what the audit calls the rule that a request's credential is good.
const ruleCredential = "credential"

// Rules are the names of the rules that deny requests here, for the audit.
func Rules() []string { return []string{ruleCredential, ruleScopes} }

// ruleScopes is what the audit calls the rule that a route or endpoint names scopes for.
const ruleScopes = "scopes"

// Require is nil where the caller was granted all scopes. Otherwise it is the problem to answer with, and w says by a challenge
// what would help. Where no scopes are named, it takes a caller with a name.
func Require(w http.ResponseWriter, r *http.Request, scopes ...string) error {
	caller := FromContext(r.Context())
	switch {
	case caller.Anonymous():
		audit.From(r.Context()).Deny(ruleScopes, audit.Unauthenticated)
		challenge(w, r, Challenge)
		return problem.New(problem.Unauthenticated, "")
	case !caller.HasAll(scopes):
		audit.From(r.Context()).Deny(ruleScopes, audit.Forbidden)
		challenge(w, r, ChallengeScope+fmt.Sprintf(`, scope=%q`, strings.Join(scopes, " ")))
		return problem.New(problem.Forbidden, "")
	default:
		return nil
	}
}

// Middleware names the caller of each request, for FromContext to find, and answers those whose credential does not count. It
// carries a verified JSON Web Token along as jwtauth does: as its issuer wrote it, so that the subject has no prefix. URLs are
// not looked at: they end up in logs.
func (a *Authenticator) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, grant, result := a.caller(r)
		a.results[result].Inc()
		trail := audit.From(r.Context())
		trail.Caller(audit.Who{ID: caller.ID, Method: string(caller.Method), Credential: caller.Credential})
		middleware.RecordFrom(r.Context()).SetCaller(caller.ID, string(caller.Method))
		switch result {
		case accepted, anonymous:
			next.ServeHTTP(w, authenticated(r, caller, a.told(caller, r), grant.Token))
		default:
			trail.Deny(ruleCredential, result.reason())
			refuse(w, r, result)
		}
	})
}

// Unnamed lets every request through without a name: its credentials are for a service to check, and so is that no page of
// another site uses a cookie. Keys of the gateway's own stay here unless the service asks for them.
func (a *Authenticator) Unnamed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.results[unnamed].Inc()
		told := a.told(Principal{}, r)
		told.Unchecked = true
		next.ServeHTTP(w, authenticated(r, Principal{}, told, nil))
	})
}

// told is what services may be told of a caller.
func (a *Authenticator) told(caller Principal, r *http.Request) identity.Caller {
	told := identity.Caller{
		ID: caller.ID, Scopes: scopesOf(caller), Tenant: caller.Tenant, Sent: r.Header, KeyHeader: a.keyHeader,
	}
	if a.passport != nil && !caller.Anonymous() {
		told.Sign = a.signing(passport.Bearer{Subject: caller.ID, Scopes: caller.Scopes, Tenant: caller.Tenant, ID: caller.Credential})
	}
	return told
}

// signing makes tokens that tell services of a bearer.
func (a *Authenticator) signing(bearer passport.Bearer) func(audience string) (string, error) {
	return func(audience string) (string, error) { return a.passport.Token(bearer, audience) }
}

// refuse answers a request whose credential does not count, and says what would.
func refuse(w http.ResponseWriter, r *http.Request, why result) {
	var err *problem.Error
	switch why {
	case missing:
		challenge(w, r, Challenge)
		err = problem.New(problem.Unauthenticated, "a credential is needed, such as Authorization: Bearer")
	case expired:
		challenge(w, r, challengeExpired)
		err = problem.New(problem.Unauthenticated, "the credential has expired")
	case unavailable:
		w.Header().Set("Retry-After", "5")
		err = problem.New(problem.Unavailable, "the credential cannot be checked now")
	case crossSite:
		err = problem.New(problem.Forbidden, "a page of another site may not use the credential")
	default: // also what was revoked: whoever stole it need not know
		challenge(w, r, challengeInvalid)
		err = problem.New(problem.Unauthenticated, "the credential is not valid here")
	}
	middleware.RecordFrom(r.Context()).Fail(err.Kind)
	problem.Write(w, err)
}
