// Package token answers whether a JSON Web Token was issued for here, and what it says.
//
// It takes signed tokens (RFC 7519) in the compact serialization alone, and follows RFC 8725: the algorithms are the issuer's,
// and not the token's; each key is used with its own kind of algorithm; keys come from the issuer's Source, never from the token;
// iss, aud and typ are checked, so that a token of another kind, or for somebody else, is not taken for one of ours. What could
// be read in two ways is refused. Of a token that no known key has signed, no claim but iss is looked at.
package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/auth/keys"
)

// maxTries bounds the signatures that are computed for one token, whoever sent it.
const maxTries = 8

// Source knows the keys of an issuer.
type Source interface {
	// Find is the keys that may have signed a token with this kid, which is empty where it has none, by this algorithm. Its errors
	// wrap those of credential.
	Find(ctx context.Context, kid, algorithm string) ([]keys.Key, error)
}

// Issuer is one whose tokens are taken.
type Issuer struct {
	// Config must have passed Validate.
	Config Config
	// Keys are what it signs with.
	Keys Source
}

// Verifier knows whose tokens are taken. It is safe for concurrent use.
type Verifier struct {
	named    map[string][]*issuer // by iss
	nameless []*issuer            // take what none of the named ones issued
}

// New is a Verifier of the tokens of these issuers. Several may have the same name, such as for two audiences: then a token is
// good where one of them takes it, and the first that does says what it means.
func New(issuers []Issuer) *Verifier {
	v := &Verifier{named: make(map[string][]*issuer)}
	for _, i := range issuers {
		compiled := &issuer{Config: i.Config.usual(), keys: i.Keys}
		if i.Config.Issuer == "" {
			v.nameless = append(v.nameless, compiled)
		} else {
			v.named[i.Config.Issuer] = append(v.named[i.Config.Issuer], compiled)
		}
	}
	return v
}

// Verify is what a token grants. The error wraps credential.ErrExpired where all else is good, credential.ErrUnavailable where a
// key cannot be had now, and credential.ErrInvalid otherwise.
func (v *Verifier) Verify(ctx context.Context, text string) (credential.Grant, error) {
	c, err := parse(text)
	if err != nil {
		return credential.Grant{}, err
	}
	candidates, err := v.candidates(c.claims)
	if err != nil {
		return credential.Grant{}, err
	}
	tries := maxTries
	err = refusal("nobody who is known has issued it")
	for _, i := range candidates {
		grant, failure := i.verify(ctx, c, &tries)
		if failure == nil {
			return grant, nil
		}
		err = graver(err, failure)
	}
	return credential.Grant{}, err
}

// candidates are whose token it may be by what it says, which is not verified yet.
func (v *Verifier) candidates(c claims) ([]*issuer, error) {
	name, err := c.text("iss")
	if err != nil {
		return nil, err
	}
	if named := v.named[name]; len(named) > 0 {
		return named, nil
	}
	return v.nameless, nil
}

// graver is the error that says more of a token that several issuers refused: that it was good once, or else that one of them
// could not say.
func graver(a, b error) error {
	for _, kind := range []error{credential.ErrExpired, credential.ErrUnavailable} {
		switch {
		case errors.Is(a, kind):
			return a
		case errors.Is(b, kind):
			return b
		}
	}
	return b
}

// issuer is one with its usual settings filled in.
type issuer struct {
	Config

	keys Source
}

// verify decides by the signature first: of a token that the issuer did not sign, nothing more is looked at or told.
func (i *issuer) verify(ctx context.Context, c *compact, tries *int) (credential.Grant, error) {
	if err := i.allows(&c.header); err != nil {
		return credential.Grant{}, err
	}
	found, err := i.keys.Find(ctx, c.header.KeyID.value, c.header.Algorithm.value)
	if err != nil {
		return credential.Grant{}, fmt.Errorf("find the key of the token: %w", err)
	}
	if !c.signedBy(found, tries) {
		return credential.Grant{}, refusal("no key of its issuer has signed it")
	}
	return i.grant(c.claims, time.Now())
}

// signedBy tries the keys for the token's algorithm, as far as there are tries left.
func (c *compact) signedBy(found []keys.Key, tries *int) bool {
	algorithm := c.header.Algorithm.value
	s, ok := schemeOf(algorithm)
	if !ok {
		return false
	}
	for _, key := range found {
		if key.Algorithm != "" && key.Algorithm != algorithm {
			continue
		}
		if *tries == 0 {
			return false
		}
		*tries--
		if s.verify(s.hash, key.Public, c.signed, c.signature) {
			return true
		}
	}
	return false
}
