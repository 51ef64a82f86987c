package auth

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/jwtauth/v5"
	"github.com/lestrrat-go/jwx/v3/jwt"
	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
)

// A verdict is remembered because reaching it costs some 20 µs and 180 allocations, most of them for parsing the claims.
const (
	maxVerdicts   = 4096
	maxVerdictAge = 5 * time.Minute
)

// verdict is what a good token says, until when. Tokens that are no good are not remembered: anybody can make any number.
type verdict struct {
	principal Principal
	token     jwt.Token
	until     time.Time
}

// Verifier finds out who sent a request. It may be used by several goroutines.
type Verifier struct {
	jwt            *jwtauth.JWTAuth // nil where there is no secret: then no token is good
	allowAnonymous bool
	verdicts       *otter.Cache[[sha256.Size]byte, verdict] // by hash, so that a dump of them holds no token
	results        map[result]prometheus.Counter
}

// New is a Verifier for cfg. It fails where the secret is too short, or missing although a token is needed.
func New(cfg Config, registerer prometheus.Registerer) (*Verifier, error) {
	v := &Verifier{allowAnonymous: cfg.Anonymous}
	if cfg.Secret != "" || !cfg.Anonymous {
		if err := usable(cfg.Secret); err != nil {
			return nil, err
		}
		v.jwt = newJWT(cfg)
	}
	verdicts, err := otter.New(&otter.Options[[sha256.Size]byte, verdict]{MaximumSize: maxVerdicts})
	if err != nil {
		return nil, fmt.Errorf("make the cache of verdicts: %w", err)
	}
	v.verdicts = verdicts
	v.results = newResults(registerer)
	return v, nil
}

// caller is who sent a request with this header, by which token. Whoever sends a token wants it to count, so a request
// with one that is no good is refused even where a request without one is let in.
func (v *Verifier) caller(header http.Header) (verdict, result) {
	authorization := header.Values("Authorization")
	switch {
	case len(authorization) == 0 && v.allowAnonymous:
		return verdict{}, anonymous
	case len(authorization) == 0:
		return verdict{}, missing
	case v.jwt == nil:
		return verdict{}, invalid
	}
	text, ok := bearer(authorization)
	if !ok {
		return verdict{}, invalid
	}
	key := sha256.Sum256([]byte(text))
	if known, ok := v.verdicts.GetIfPresent(key); ok && time.Now().Before(known.until) {
		return known, accepted
	}
	judged, result := v.judge(text)
	if result == accepted {
		v.verdicts.Set(key, judged)
	}
	return judged, result
}

// judge verifies a token and reads its claims.
func (v *Verifier) judge(text string) (verdict, result) {
	token, err := jwtauth.VerifyToken(v.jwt, text)
	if errors.Is(err, jwtauth.ErrExpired) {
		return verdict{}, expired
	}
	if err != nil {
		return verdict{}, invalid
	}
	principal, err := principalOf(token)
	if err != nil {
		return verdict{}, invalid
	}
	return verdict{principal, token, goodUntil(token)}, accepted
}

// goodUntil does not count the leeway: a token in its last seconds is verified each time.
func goodUntil(token jwt.Token) time.Time {
	end, _ := token.Expiration() // required
	if recheck := time.Now().Add(maxVerdictAge); recheck.Before(end) {
		return recheck
	}
	return end
}
