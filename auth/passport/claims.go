package passport

import (
	"crypto/rand"
	"errors"
	"strings"
	"time"
)

// Bearer is on whose behalf a service is called.
type Bearer struct {
	// Subject is who it is. It is empty where Anonymous is set, and only there.
	Subject string
	// Scopes are what the bearer was granted, each by name.
	Scopes []string
	// Tenant is whom the bearer belongs to, empty where nobody is named.
	Tenant string
	// ID is the credential's own name, which may be empty. No two credentials share a passport, so that the jti of a passport
	// leads to one of them.
	ID string
	// Anonymous is a bearer of whom nobody knows who it is. Such a passport has no sub claim: any name that stood there could be
	// somebody's.
	Anonymous bool
}

// claims are what a passport says (RFC 7519, section 4.1, and RFC 8693, section 4.2). No registered claim is for a tenant.
type claims struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub,omitempty"`
	Audience  string `json:"aud"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	Expires   int64  `json:"exp"`
	ID        string `json:"jti"`
	Scope     string `json:"scope,omitempty"`
	Tenant    string `json:"tenant,omitempty"`
}

// claimsOf is what is said of a bearer. The times are whole seconds.
func claimsOf(b Bearer, issuer, audience string, now time.Time, lifetime time.Duration) claims {
	return claims{
		Issuer:    issuer,
		Subject:   b.Subject,
		Audience:  audience,
		IssuedAt:  now.Unix(),
		NotBefore: now.Unix(),
		Expires:   now.Add(lifetime).Unix(),
		ID:        rand.Text(),
		Scope:     strings.Join(b.Scopes, " "),
		Tenant:    b.Tenant,
	}
}

// check refuses to say what could be read in another way.
func check(b Bearer, audience string) error {
	switch {
	case audience == "":
		return errors.New("it has no audience, so any service could use it")
	case b.Anonymous && b.Subject != "":
		return errors.New("an anonymous bearer has a name")
	case !b.Anonymous && b.Subject == "":
		return errors.New("the bearer has no name")
	case b.Anonymous && b.Tenant != "":
		return errors.New("an anonymous bearer belongs to somebody")
	}
	for _, scope := range b.Scopes {
		if scope == "" || strings.ContainsFunc(scope, notInScope) {
			return errors.New("a scope would not read as one")
		}
	}
	return nil
}

// notInScope is all but scope-token of RFC 6749, section 3.3. A space above all: what follows it would be a scope by itself.
func notInScope(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }
