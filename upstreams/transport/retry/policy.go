package retry

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/idempotency"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// repeatable reports whether a request may be sent again though the first may have arrived: its method or its key allows it,
// and its body can be had again.
func (c Config) repeatable(req *http.Request) bool {
	if !replayable(req) {
		return false
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	default:
		return c.IdempotencyKeys && keyed(req)
	}
}

// keyed reports whether a request has a key by which its service knows it again. The field is spelled as http.Header keeps it.
func keyed(req *http.Request) bool {
	keys := req.Header[idempotency.Header]
	return len(keys) > 0 && keys[0] != ""
}

// replayable reports whether the body can be had again.
func replayable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

// result is how an attempt ended.
type result struct {
	res     *http.Response
	err     error
	outcome attempt.Outcome
}

// good reports whether the service answered, and not with a failure.
func (r result) good() bool { return r.err == nil && !r.outcome.Failure() }

// discard ends an answer that nobody will read.
func (r result) discard() {
	if r.res != nil {
		_ = r.res.Body.Close() // its connection is given up, which costs less than reading on
	}
}

// underWay reports whether the service says that it is still working on the same write, which an earlier attempt brought
// (draft-ietf-httpapi-idempotency-key-header-07, section 2.7).
func (r result) underWay() bool {
	return r.status() == http.StatusConflict && r.res.Header.Get("Retry-After") != ""
}

// status is the answer's, 0 without one.
func (r result) status() int {
	if r.res == nil {
		return 0
	}
	return r.res.StatusCode
}

// worth reports whether another attempt may end better than this one did.
func (c Config) worth(r result, repeatable, replayable bool) bool {
	switch r.outcome {
	case attempt.Unreachable:
		return replayable
	case attempt.Broken, attempt.Oversized, attempt.TimedOut:
		return repeatable
	case attempt.Failed, attempt.Overloaded:
		return repeatable && slices.Contains(c.Statuses, r.status())
	case attempt.Limited:
		return repeatable && r.res.Header.Get("Retry-After") != ""
	case attempt.Answered:
		return repeatable && r.underWay()
	default:
		return false
	}
}

// wait is how long to wait before attempt number n (1 is the first retry). others says whether the next attempt can go elsewhere:
// then an endpoint that was not reached is no reason to wait, and a service's Retry-After speaks for that endpoint alone.
func (c Config) wait(r result, n int, others bool, now time.Time, random func(time.Duration) time.Duration) time.Duration {
	elsewhere := others && n == 1
	if elsewhere && (r.outcome == attempt.Unreachable || r.outcome == attempt.Broken) {
		return 0
	}
	backoff := random(min(c.Backoff<<(n-1), c.MaxBackoff))
	if r.outcome == attempt.Limited || r.outcome == attempt.Overloaded && !others || r.underWay() {
		return max(backoff, attempt.RetryAfter(r.res, now))
	}
	return backoff
}

// fullJitter is a random part of a duration.
func fullJitter(most time.Duration) time.Duration { return rand.N(most + 1) } //nolint:gosec // nobody gains by guessing it
