package token

import (
	"fmt"
	"slices"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// allows checks what the header says against what the issuer signs with.
func (i *issuer) allows(h *header) error {
	if !slices.Contains(i.Algorithms, h.Algorithm.value) { // in exactly this case: RFC 7515, section 4.1.1
		return refusal("its alg is not allowed")
	}
	kind := mediaType(h.Type.value)
	if !slices.ContainsFunc(i.Types, func(allowed string) bool { return mediaType(allowed) == kind }) {
		return refusal("its typ is not allowed: it is a token for something else")
	}
	return nil
}

// grant reads the claims of a token that the issuer signed. Whether it has expired is asked last: such a token is good apart from
// that.
func (i *issuer) grant(c claims, now time.Time) (credential.Grant, error) {
	if err := i.concerns(c); err != nil {
		return credential.Grant{}, err
	}
	times, err := c.times()
	if err != nil {
		return credential.Grant{}, err
	}
	grant, err := i.says(c)
	if err != nil {
		return credential.Grant{}, err
	}
	grant.Issued, grant.Until = times.issued, times.end
	if err := times.check(now, i.Leeway); err != nil {
		return credential.Grant{}, err
	}
	return grant, nil
}

// concerns checks that the token is for here. That iss is the issuer's was decided by the same claims, before they were verified.
func (i *issuer) concerns(c claims) error {
	if len(i.Audience) == 0 {
		return nil
	}
	audience, _, err := list(c[jwt.AudienceKey])
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(audience, func(one string) bool { return slices.Contains(i.Audience, one) }) {
		return refusal("it is for somebody else")
	}
	return nil
}

// says reads who the bearer is, and what was granted.
func (i *issuer) says(c claims) (grant credential.Grant, err error) {
	if grant.Subject, err = c.subject(i.Subject); err != nil {
		return credential.Grant{}, err
	}
	grant.Subject = i.SubjectPrefix + grant.Subject
	if grant.ID, err = c.name(jwt.JwtIDKey); err != nil {
		return credential.Grant{}, err
	}
	scopes, err := c.scopes(i.Scopes)
	if err != nil {
		return credential.Grant{}, err
	}
	grant.Scopes = translate(scopes, i.ScopeMap)
	grant.Plan, grant.Client = c.named(i.Plan), c.named(i.Client)
	if grant.Tenant, err = c.tenant(i.Tenant); err != nil {
		return credential.Grant{}, err
	}
	grant.Token = jwt.New()
	return grant, c.fill(grant.Token)
}

// times are when a token is good.
type times struct{ issued, start, end time.Time }

func (c claims) times() (t times, err error) {
	if t.issued, err = c.date(jwt.IssuedAtKey); err != nil {
		return times{}, err
	}
	if t.start, err = c.date(jwt.NotBeforeKey); err != nil {
		return times{}, err
	}
	if t.end, err = c.date(jwt.ExpirationKey); err != nil {
		return times{}, err
	}
	if t.end.IsZero() { // without an end, it would be good for ever
		return times{}, refusal("it has no exp")
	}
	return t, nil
}

// check allows for clocks that differ by leeway.
func (t times) check(now time.Time, leeway time.Duration) error {
	switch {
	case t.start.After(now.Add(leeway)):
		return refusal("it is not good yet")
	case t.issued.After(now.Add(leeway)):
		return refusal("it is issued in the future")
	case !now.Before(t.end.Add(leeway)):
		return fmt.Errorf("check the token's exp: %w", credential.ErrExpired)
	}
	return nil
}
