// Package passport answers how a service can know for sure on whose behalf it is called.
//
// A passport is a JSON Web Token (RFC 7519) that the gateway signs for one service and for a short time. The service verifies it
// by the published key set, and requires its own name as aud, so that no service can use at another one what it was handed.
// It should allow for a few seconds between its clock and the gateway's.
package passport

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/settings"
	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"
)

// Signer makes passports. It is safe for concurrent use and runs no goroutine.
type Signer struct {
	key      signing
	issuer   string
	lifetime time.Duration
	set      []byte
	known    *otter.Cache[name, remembered]
	flights  singleflight.Group
	metrics  metrics
}

// New reads the keys. It fails on what Validate reports, and where there is no key. No error holds a part of a key.
func New(c Config, registerer prometheus.Registerer) (*Signer, error) {
	if !c.Enabled() {
		return nil, errors.New("sign passports: key is needed")
	}
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("sign passports: %w", err)
	}
	key, err := readSigning(c.Key)
	if err != nil {
		return nil, fmt.Errorf("sign passports: key %w", err)
	}
	set, err := publicSet(key.public, c.Retired)
	if err != nil {
		return nil, err
	}
	known, err := newMemory(c.MaxRemembered)
	if err != nil {
		return nil, fmt.Errorf("make the memory of passports: %w", err)
	}
	return &Signer{
		key:      key,
		issuer:   c.Issuer,
		lifetime: c.Lifetime.Truncate(time.Second),
		set:      set,
		known:    known,
		metrics:  newMetrics(registerer),
	}, nil
}

// Token is a passport of b for one service. It stays good for at least a third of the lifetime. Bearers who are nobody without
// being anonymous, or the reverse, are refused, and so are scopes that would not read as what they are (RFC 6749, section 3.3).
// Errors name neither the bearer nor the scopes.
func (s *Signer) Token(b Bearer, audience string) (string, error) {
	n := nameOf(b, audience)
	if token, ok := s.recall(n); ok {
		s.metrics.remembered.Inc()
		return token, nil
	}
	return s.makeOnce(n, b, audience)
}

// makeOnce lets those who miss the same passport at once wait for one signature.
func (s *Signer) makeOnce(n name, b Bearer, audience string) (string, error) {
	counter := s.metrics.remembered
	made, err, _ := s.flights.Do(string(n[:]), func() (any, error) {
		if token, ok := s.recall(n); ok {
			return token, nil
		}
		counter = s.metrics.signed
		return s.make(n, b, audience)
	})
	if err != nil {
		return "", fmt.Errorf("sign a passport for %q: %w", audience, err)
	}
	counter.Inc()
	token, _ := made.(string)
	return token, nil
}

func (s *Signer) make(n name, b Bearer, audience string) (string, error) {
	if err := check(b, audience); err != nil {
		return "", err
	}
	now := wallClock().Truncate(time.Second) // as claims write it
	token, err := s.key.token(claimsOf(b, s.issuer, audience, now, s.lifetime))
	if err != nil {
		return "", err
	}
	s.known.Set(n, remembered{token: token, from: now, until: now.Add(s.lifetime * 2 / 3)})
	return token, nil
}

// JWKS is the key set that is published (RFC 7517): the key that signs, then the others. It may be kept for five minutes, so a
// new key should be among the retired ones for that long before it signs. The caller may keep and change it.
func (s *Signer) JWKS() []byte { return slices.Clone(s.set) }
