// Package introspection answers what the issuer says of an opaque token (RFC 7662).
package introspection

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth/credential"
	"github.com/concierge-gateway/concierge/settings"
)

// maxTokenBytes bounds what is sent to the issuer for a caller that nobody knows yet.
const maxTokenBytes = 8 << 10

// hash stands for a token wherever one is kept, so that a dump of this program's memory does not list tokens.
type hash [sha256.Size]byte

// verdict is what became of a token: a grant, or the reason why there is none.
type verdict struct {
	grant credential.Grant
	err   error
}

// Checker asks the issuer about tokens and remembers its answers for a while. It may be used by several goroutines.
type Checker struct {
	config  Config
	issuer  *issuer
	memory  *memory
	flights *flights
	places  chan struct{} // one is taken while a question is asked
	results map[result]prometheus.Counter
	reports reports
}

// New is a Checker for c. A nil client stands for one of its own, which connects directly and reuses connections. It fails where
// Validate reports a mistake, or nobody is to be asked.
func New(c Config, client *http.Client, registerer prometheus.Registerer, log *slog.Logger) (*Checker, error) {
	if !c.Enabled() {
		return nil, errors.New("no introspection endpoint is configured")
	}
	if err := settings.Check(c); err != nil {
		return nil, fmt.Errorf("read the settings of introspection: %w", err)
	}
	memory, err := newMemory(c)
	if err != nil {
		return nil, err
	}
	return &Checker{
		config:  c,
		issuer:  newIssuer(c, client),
		memory:  memory,
		flights: newFlights(c.Timeout),
		places:  make(chan struct{}, c.Concurrency),
		results: newResults(registerer),
		reports: reports{log: log},
	}, nil
}

// Check is what the issuer says of the token, now or a short time ago. Its Scopes must not be changed: other callers read them.
// The error is credential.ErrInvalid or ErrExpired where the token is no good, and ErrUnavailable where nobody could tell before
// ctx or the time for it ended.
func (c *Checker) Check(ctx context.Context, token string) (credential.Grant, error) {
	if token == "" || len(token) > maxTokenBytes {
		return credential.Grant{}, fmt.Errorf("%w: its length is not a token's", credential.ErrInvalid)
	}
	key := hash(sha256.Sum256([]byte(token)))
	if known, ok := c.remembered(key); ok {
		return known.grant, known.err
	}
	found := c.flights.ask(ctx, key, func(ctx context.Context, f *flight) verdict { return c.ask(ctx, f, key, token) })
	return found.grant, found.err
}

func (c *Checker) remembered(key hash) (verdict, bool) {
	known, ok := c.memory.get(key, time.Now())
	if ok {
		c.results[remembered].Inc()
	}
	return known, ok
}

// ask waits for a place and asks the issuer, unless somebody else has asked meanwhile or nobody waits any more.
func (c *Checker) ask(ctx context.Context, f *flight, key hash, token string) verdict {
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-ctx.Done():
		if c.flights.left(f) {
			return verdict{err: errLeft}
		}
		return c.failed(ctx, errors.New("too many other tokens are being asked about"))
	}
	if !c.flights.begin(f) {
		return verdict{err: errLeft}
	}
	if known, ok := c.remembered(key); ok {
		return known
	}
	body, err := c.issuer.ask(ctx, token)
	if err != nil {
		return c.failed(ctx, err)
	}
	return c.judge(ctx, key, body)
}

// judge reads an answer and remembers what it means.
func (c *Checker) judge(ctx context.Context, key hash, body []byte) verdict {
	now := time.Now()
	answer, err := readAnswer(body)
	if err != nil {
		return c.failed(ctx, err)
	}
	grant, err := c.config.grant(answer, now)
	found := verdict{grant, err}
	c.memory.keep(key, found, now)
	if err != nil {
		c.results[inactive].Inc()
	} else {
		c.results[active].Inc()
	}
	return found
}

func (c *Checker) failed(ctx context.Context, err error) verdict {
	c.results[failed].Inc()
	c.reports.failure(ctx, err)
	return verdict{err: fmt.Errorf("%w: %w", credential.ErrUnavailable, err)}
}
