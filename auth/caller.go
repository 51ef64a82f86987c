package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/auth/browser"
	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/auth/token"
)

// caller is who sent a request. Whoever shows a credential wants it to count, so a request with one that is no good is refused
// even where a request without one is let in. A token in Authorization and a key could name two callers, so they may not come
// together. Beside either of them the cookie is not looked at, since browsers add it by themselves; and a certificate names
// whoever shows nothing else.
//
// Of a caller who is refused, the principal says what the audit may tell, and the grant nothing.
func (a *Authenticator) caller(r *http.Request) (Principal, credential.Grant, result) {
	method, grant, err := a.grant(r)
	switch {
	case errors.Is(err, errNone) && a.config.Anonymous:
		return Principal{}, credential.Grant{}, anonymous
	case err != nil:
		a.log.LogAttrs(r.Context(), slog.LevelDebug, "credential refused", slog.String("error", err.Error()))
		return Principal{Method: method}, credential.Grant{}, resultOf(err)
	case grant.Subject != strings.TrimSpace(grant.Subject): // net/http cuts spaces off: services would take " 7" for 7
		return Principal{Method: method, Credential: grant.ID}, credential.Grant{}, invalid
	case a.revoked.Revoked(grant):
		return Principal{ID: grant.Subject, Method: method, Credential: grant.ID}, credential.Grant{}, revoked
	}
	return principal(method, grant), grant, accepted
}

func principal(method Method, grant credential.Grant) Principal {
	return Principal{
		ID: grant.Subject, Scopes: readable(grant.Scopes), Method: method, Credential: grant.ID,
		Plan: grant.Plan, Client: grant.Client, Tenant: grant.Tenant, Until: grant.Until,
	}
}

// readable leaves out scopes that cannot be told to services, nor be listed in a challenge (RFC 6749, section 3.3). Issuers call
// their groups what they like, and one with a space in its name would be read as two scopes.
func readable(scopes []string) []string {
	if !slices.ContainsFunc(scopes, unreadable) {
		return scopes
	}
	return slices.DeleteFunc(slices.Clone(scopes), unreadable)
}

func unreadable(scope string) bool {
	for i := range len(scope) {
		if c := scope[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return true
		}
	}
	return scope == ""
}

// errNone is a request without a credential.
var errNone = errors.New("the request shows no credential")

// grant is what a request's credential says.
func (a *Authenticator) grant(r *http.Request) (Method, credential.Grant, error) {
	authorization, key := r.Header["Authorization"], a.keyOf(r)
	switch {
	case len(authorization) > 0 && len(key) > 0, len(key) > 1:
		return "", credential.Grant{}, credential.ErrInvalid
	case len(authorization) > 0:
		return a.bearerGrant(r.Context(), authorization)
	case len(key) > 0:
		grant, err := a.apiKeys.Check(key[0])
		return ByKey, grant, err
	}
	text, ok, err := a.cookie.Token(r)
	switch {
	case err != nil:
		return ByCookie, credential.Grant{}, err
	case ok:
		grant, err := a.verified(r.Context(), hashOf(text), text)
		return ByCookie, grant, err
	}
	if grant, ok := a.certificates.Of(r.TLS); ok {
		return ByCertificate, grant, a.cookie.Upgrade(r) // a browser shows it for any page that sends a form here
	}
	return "", credential.Grant{}, errNone
}

// keyOf are the values of the header field of API keys, where those are taken.
func (a *Authenticator) keyOf(r *http.Request) []string {
	if a.apiKeys == nil {
		return nil
	}
	return r.Header[a.keyHeader]
}

func (a *Authenticator) bearerGrant(ctx context.Context, authorization []string) (Method, credential.Grant, error) {
	text, ok := bearer(authorization)
	if !ok {
		return ByToken, credential.Grant{}, credential.ErrInvalid
	}
	key := hashOf(text)
	if grant, ok := a.remembered.recall(key); ok { // it was verified here, so what it looks like need not be found out again
		return ByToken, grant, nil
	}
	switch {
	case !isToken68(text):
		return ByToken, credential.Grant{}, credential.ErrInvalid
	case a.introspection != nil && a.opaque(text):
		grant, err := a.introspection.Check(ctx, text)
		return ByIntrospection, grant, err
	default:
		grant, err := a.verified(ctx, key, text)
		return ByToken, grant, err
	}
}

// opaque tells the tokens that an issuer is asked about. Without keys to verify by, it is asked about all.
func (a *Authenticator) opaque(text string) bool { return len(a.keySets) == 0 || !token.Looks(text) }

// verified is what a JSON Web Token says.
func (a *Authenticator) verified(ctx context.Context, key hash, text string) (credential.Grant, error) {
	return a.remembered.of(key, func() (credential.Grant, error) { return a.tokens.Verify(ctx, text) })
}

// resultOf is what an error means for the request.
func resultOf(err error) result {
	switch {
	case errors.Is(err, errNone):
		return missing
	case errors.Is(err, credential.ErrExpired):
		return expired
	case errors.Is(err, credential.ErrUnavailable):
		return unavailable
	case errors.Is(err, browser.ErrCrossSite):
		return crossSite
	default:
		return invalid
	}
}
