// Package keys answers which keys an issuer signs with.
package keys

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// maxKeyID bounds the names that keys are looked up by, in bytes. Issuers use hashes, UUIDs and dates.
const maxKeyID = 256

// Set holds the keys of one issuer. It may be used by several goroutines; finding a key that is known takes no lock.
type Set struct {
	issuer  string
	kinds   Kinds
	refresh time.Duration
	log     *slog.Logger
	tally   tally

	known    atomic.Pointer[ring] // nil until keys were read
	failing  atomic.Bool          // the last reading failed
	source   *source              // nil where no calls are made
	readings *readings            // the same
}

// Open is the Set of an issuer. A secret and a file are read at once; it makes no call. It fails where cfg is not valid or the
// file holds no good keys. A client of nil stands for one with bounds; of a given one, redirects and cookies are ours to decide.
func Open(cfg Config, issuer string, client *http.Client, metrics *Metrics, log *slog.Logger) (*Set, error) {
	if err := cfg.check(issuer); err != nil {
		return nil, fmt.Errorf("open the keys of %s: %w", issuer, err)
	}
	s := &Set{
		issuer:  issuer,
		kinds:   cfg.Kinds(),
		refresh: cfg.Refresh,
		log:     log.With("issuer", issuer),
		tally:   metrics.of(issuer, cfg.remote()),
	}
	if cfg.remote() {
		s.source = newSource(cfg, issuer, client)
		s.readings = &readings{read: s.read, every: cfg.UnknownEvery}
		return s, nil
	}
	keys, err := local(cfg)
	if err != nil {
		return nil, fmt.Errorf("open the keys of %s: %w", issuer, err)
	}
	s.hold(unnamed(keys))
	return s, nil
}

// local are the keys that no calls are made for.
func local(cfg Config) ([]Key, error) {
	if cfg.Secret != "" {
		return []Key{{Public: []byte(cfg.Secret)}}, nil
	}
	return readPEM(cfg.PEM)
}

// Learn takes over what another Set of the same issuer and configuration has read, where this one makes calls and has read
// nothing yet.
func (s *Set) Learn(other *Set) {
	if known := other.known.Load(); s.source != nil && known != nil && !s.Ready() {
		s.hold(known)
	}
}

// Ready reports whether keys are known. Once they are, they stay known, though their issuer be down.
func (s *Set) Ready() bool { return s.known.Load() != nil }

// Find returns the keys that a token may have been signed with, at least one and at most 8, given what its header says: kid, ""
// where it has none, and alg. They are of the type, size and curve that the algorithm asks for, and for no other algorithm. A
// secret and the keys of a file go by no name, so that kid says nothing about them.
//
// A kid that is not known has the issuer's keys read again, at most once every UnknownEvery; Find waits for that, as long as ctx
// lets it and 5 s at most. The error is credential.ErrInvalid where no such key is there, also for a kid of more than 256 bytes,
// and credential.ErrUnavailable where that cannot be said: no keys were ever read, reading them again fails, or the wait ended.
func (s *Set) Find(ctx context.Context, kid, algorithm string) ([]Key, error) {
	if len(kid) > maxKeyID || !s.kinds.Fit(algorithm) {
		return nil, s.cannot(credential.ErrInvalid)
	}
	known := s.known.Load()
	if !known.knows(kid) {
		var err error
		if known, err = s.learn(ctx, kid); err != nil {
			return nil, s.cannot(err)
		}
	}
	keys := known.find(kid, algorithm)
	if len(keys) == 0 {
		return nil, s.cannot(credential.ErrInvalid)
	}
	return keys, nil
}

func (s *Set) cannot(err error) error { return fmt.Errorf("find a key of %s: %w", s.issuer, err) }

// learn has the keys read again for a kid that is not among them. A reading that was under way may have begun before the issuer
// showed the key; then there is another.
func (s *Set) learn(ctx context.Context, kid string) (*ring, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	for range 2 {
		reading, started := s.readings.ask(ctx)
		if reading == nil {
			break
		}
		if !finished(ctx, reading.done) {
			return nil, fmt.Errorf("%w: %w", credential.ErrUnavailable, context.Cause(ctx))
		}
		if started || s.known.Load().knows(kid) {
			break
		}
	}
	known := s.known.Load()
	switch {
	case known.knows(kid):
		return known, nil
	case known == nil || s.failing.Load():
		return nil, credential.ErrUnavailable
	default:
		return nil, credential.ErrInvalid
	}
}

// read reads the keys again. It is called once at a time.
func (s *Set) read(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	keys, err := s.source.read(bounded)
	switch {
	case err == nil:
		s.take(ctx, keys)
	case ctx.Err() == nil: // otherwise it was us who stopped it
		s.miss(ctx, err)
	}
	return err
}

func (s *Set) take(ctx context.Context, keys []Key) {
	if !s.Ready() {
		s.readings.forgive() // the first of all had to be, whoever had it done: the first new key must not wait for it
	}
	s.hold(named(keys))
	s.tally.fetches[read].Inc()
	if s.failing.Swap(false) {
		s.log.InfoContext(ctx, "reading keys succeeds again", "keys", len(keys))
	}
}

// miss keeps the last good keys: an issuer that is down has not taken its keys back.
func (s *Set) miss(ctx context.Context, err error) {
	if failure, ok := errors.AsType[*failure](err); ok {
		s.tally.fetches[failure.result].Inc()
	}
	if !s.failing.Swap(true) {
		s.log.WarnContext(ctx, "reading keys fails", "error", err, "keys_kept", s.Ready())
	}
}

func (s *Set) hold(keys *ring) {
	s.known.Store(keys)
	s.tally.keys.Set(float64(len(keys.all)))
	s.tally.success.Set(float64(time.Now().Unix()))
}
