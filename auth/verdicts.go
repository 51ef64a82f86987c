package auth

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// A verdict is remembered because reaching it costs some 20 to 100 µs, most of them for the signature and for parsing the claims.
const (
	maxVerdicts   = 4096
	maxVerdictAge = 5 * time.Minute
)

// hash stands for a token, so that a dump of what is remembered holds no token.
type hash [sha256.Size]byte

func hashOf(text string) hash {
	var room [usualToken]byte // on the stack
	return sha256.Sum256(append(room[:0], text...))
}

// usualToken is as long as most tokens are, in bytes.
const usualToken = 1 << 10

// verdicts are the tokens that were found good. Those that are no good are not remembered: anybody can make any number.
type verdicts struct {
	known *otter.Cache[hash, *verdict]
}

// verdict is what a good token says, and until when that is not asked again.
type verdict struct {
	grant credential.Grant
	until time.Time
}

func newVerdicts() (*verdicts, error) {
	known, err := otter.New(&otter.Options[hash, *verdict]{MaximumSize: maxVerdicts})
	if err != nil {
		return nil, fmt.Errorf("make the cache of verdicts: %w", err)
	}
	return &verdicts{known: known}, nil
}

// of is what a token says, which check finds out where it is not known.
func (v *verdicts) of(key hash, check func() (credential.Grant, error)) (credential.Grant, error) {
	if grant, ok := v.recall(key); ok {
		return grant, nil
	}
	grant, err := check()
	if err == nil {
		v.known.Set(key, &verdict{grant, goodUntil(grant)})
	}
	return grant, err
}

// recall is what a token says that is known.
func (v *verdicts) recall(key hash) (grant credential.Grant, ok bool) {
	known, ok := v.known.GetIfPresent(key)
	if !ok || !time.Now().Before(known.until) {
		return credential.Grant{}, false
	}
	return known.grant, true
}

// goodUntil does not count the leeway: a token in its last seconds is verified each time.
func goodUntil(grant credential.Grant) time.Time {
	if recheck := time.Now().Add(maxVerdictAge); recheck.Before(grant.Until) {
		return recheck
	}
	return grant.Until
}
