// Package retry answers whether a call that failed is tried again, when, and how long each attempt may take.
package retry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/footprint"
	"github.com/concierge-gateway/concierge/idempotency"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/route"
	"github.com/concierge-gateway/concierge/waterfall"
)

// ErrNoTime is the error of a call that was not made, since no call to its service takes as little time as there was left.
var ErrNoTime = errors.New("there is no time left for the call")

// Transport makes each call in as many attempts as it takes, within its time and the service's budget. Layers share it: it holds
// what is known of all of a service's calls.
type Transport struct {
	config  Config
	hedge   Hedge
	budget  *budget
	seen    *latencies
	others  func(*attempt.Call) bool
	metrics *serviceMetrics
	clock   clock
}

// New returns the state of one service. others says whether an endpoint is left that a call has not tried.
func New(service string, config Config, hedge Hedge, others func(*attempt.Call) bool, metrics *Metrics) *Transport {
	return &Transport{
		config: config, hedge: hedge, budget: newBudget(config), seen: newLatencies(), others: others, metrics: metrics.of(service),
	}
}

// Close is for a service that no more calls are begun to. Those that have begun go on, and their times hold.
func (t *Transport) Close() { t.clock.close() }

// Layer makes attempts through next. Where whole is not 0, an attempt has succeeded when all of its answer is there, and an
// answer of more bytes is an error; otherwise answers stream, and an attempt has succeeded with the header. lends is that of the
// calls. timeouts says how long a request may take.
func (t *Transport) Layer(
	whole int64, lends bool, timeouts func(*http.Request) Timeouts, next http.RoundTripper,
) http.RoundTripper {
	return &layer{Transport: t, whole: whole, lends: lends, timeouts: timeouts, next: next}
}

type layer struct {
	*Transport
	whole    int64
	lends    bool
	timeouts func(*http.Request) Timeouts
	next     http.RoundTripper
}

// call is a request on its way through its attempts.
type call struct {
	*layer
	req        *http.Request
	attempts   attempt.Call
	usual      *latency // of calls of its kind
	timeouts   Timeouts
	end        time.Time
	repeatable bool
	sent       int // attempts so far
	foremost   try // the first of them
}

func (l *layer) RoundTrip(req *http.Request) (*http.Response, error) {
	now := time.Now()
	l.budget.deposit(now)
	c := l.newCall(req, now)
	for {
		r := c.attempt(now)
		wait, again := c.decide(r)
		if !again {
			return r.res, r.err
		}
		r.discard()
		if err := pause(req.Context(), wait); err != nil {
			return nil, err
		}
		now = time.Now()
	}
}

func (l *layer) newCall(req *http.Request, now time.Time) *call {
	timeouts := l.timeouts(req)
	end := now.Add(timeouts.total())
	if callers, ok := req.Context().Deadline(); ok && callers.Before(end) {
		end = callers
	}
	kind := route.Kind(req)
	return &call{
		layer: l, req: l.prepare(req), usual: l.seen.of(kind),
		attempts: attempt.Call{Whole: l.whole, Lends: l.lends, Kind: kind, Seen: waterfall.Of(req.Context())},
		timeouts: timeouts, end: end, repeatable: l.config.repeatable(req),
	}
}

// prepare leaves out a key that the service does not know. Go's http.Transport takes the header for a promise, and would repeat
// a write by itself.
func (l *layer) prepare(req *http.Request) *http.Request {
	if l.config.IdempotencyKeys || !keyed(req) {
		return req
	}
	plain := new(http.Request)
	*plain = *req // not a clone: the trailers of a body that streams come later
	plain.Header = maps.Clone(req.Header)
	plain.Header.Del(idempotency.Header)
	return plain
}

// attempt makes the next attempt, or two where the first is slow.
func (c *call) attempt(now time.Time) result {
	if err := c.startable(now); err != nil {
		c.closeBody()
		return result{err: err, outcome: attempt.Withheld}
	}
	if c.sent > 0 {
		if err := c.rewind(); err != nil {
			return result{err: err, outcome: attempt.Withheld}
		}
	}
	if c.hedge.Enabled && hedgeable(c.req) {
		return c.hedged(now)
	}
	t := c.newTry(now)
	t.run()
	return t.settle()
}

// startable says whether a call that starts now can still end in time.
func (c *call) startable(now time.Time) error {
	if left := c.end.Sub(now); left > 0 && left >= c.usual.least(now) {
		return nil
	}
	return &attempt.WithheldError{Err: ErrNoTime}
}

// rewind has the body start again. A request is copied, because a transport may still look at the one it had.
func (c *call) rewind() error {
	again := new(http.Request)
	*again = *c.req
	if c.req.GetBody != nil {
		body, err := c.req.GetBody()
		if err != nil {
			return fmt.Errorf("read the request again: %w", err)
		}
		again.Body = body
	}
	c.req = again
	return nil
}

func (c *call) closeBody() {
	if c.req.Body != nil && c.sent == 0 {
		_ = c.req.Body.Close() // it was only read
	}
}

// share is how long the attempt that starts now may take: its part of the time that is left, unless a limit of its own is set. An
// attempt that cannot be followed by another may take all.
func (c *call) share(now time.Time) time.Duration {
	left := c.end.Sub(now)
	if !c.repeatable {
		return left
	}
	if c.timeouts.Try > 0 {
		return min(c.timeouts.Try, left)
	}
	return left / time.Duration(max(1, c.config.Max+1-c.sent))
}

// decide says what follows an attempt.
func (c *call) decide(r result) (wait time.Duration, again bool) {
	if !c.config.worth(r, c.repeatable, replayable(c.req)) || c.req.Context().Err() != nil {
		return 0, false
	}
	if c.sent > c.config.Max {
		c.metrics.refused[refusedMax].Inc()
		return 0, false
	}
	now := time.Now()
	wait = c.config.wait(r, c.sent, c.others(&c.attempts), now, fullJitter)
	switch {
	case wait > c.config.MaxBackoff:
		c.metrics.refused[refusedRetryAfter].Inc()
		return 0, false
	case c.startable(now.Add(wait)) != nil:
		c.metrics.refused[refusedTime].Inc()
		return 0, false
	case !c.budget.withdraw(now):
		c.metrics.refused[refusedBudget].Inc()
		return 0, false
	}
	c.metrics.retried[r.outcome].Inc()
	footprint.From(c.req.Context()).Retried(c.metrics.service)
	return wait, true
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
