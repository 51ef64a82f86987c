package retry

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// try is one attempt. It is a context of its own, which ends with the answer's body.
type try struct {
	result
	attempt.Try
	ending

	call  *call
	req   http.Request // with the URL below, so that the endpoint can be put in
	url   url.URL
	began time.Time
	share time.Duration // how long it may take
	conns int32         // that it was sent on
	kept  atomic.Bool   // nothing has come yet, on a connection that was kept

	timing sync.Mutex
	lasts  time.Duration // at most; the clock may look earlier, but not later
	begun  bool          // the answer's first byte has come

	// What follows is the clock's.
	place int32     // among those that are watched, from 1 on; 0 is none
	due   time.Time // when it is looked at
}

// newTry begins the next attempt's time. Most calls make one attempt, for which they have the memory.
func (c *call) newTry(now time.Time) *try {
	t := &c.foremost
	if c.sent > 0 {
		t = new(try)
	}
	t.call, t.began, t.share = c, now, c.share(now)
	t.Call, t.Context = &c.attempts, c.req.Context()
	t.Own, t.Watcher, t.Ends = &t.req, t, &t.ending
	if streams(c.req) {
		t.start(t.share)
	} else {
		t.start(t.first())
	}
	t.req, t.url = *c.req.WithContext(t), *c.req.URL
	t.req.URL = &t.url
	c.sent++
	return t
}

// Value tells the layers below which attempt they work for.
func (t *try) Value(key any) any {
	if key == (attempt.Key{}) {
		return &t.Try
	}
	return t.ending.Value(key)
}

// streams reports whether a request's body comes from somebody who may be slow.
func streams(req *http.Request) bool {
	return req.Body != nil && req.Body != http.NoBody && req.GetBody == nil
}

// first is how long the answer's first byte may take, from when all of the request was sent.
func (t *try) first() time.Duration {
	if header := t.call.timeouts.Header; header > 0 {
		return min(header, t.share)
	}
	return t.share
}

// start gives the attempt its first time.
func (t *try) start(first time.Duration) {
	t.lasts = first
	t.call.clock.watch(t, t.began.Add(first))
}

// Wrote begins the wait for the answer's first byte where the body came from somebody who may be slow, unless it is there: a
// service may answer before it has read everything.
func (t *try) Wrote(err error) {
	if err != nil || t.first() == t.share || !streams(&t.req) || t.Err() != nil {
		return
	}
	if until, waits := t.waitsFrom(time.Now()); waits {
		t.call.clock.hurry(t, until)
	}
}

// waitsFrom begins the wait, unless it is over. It lasts no longer than the attempt may.
func (t *try) waitsFrom(now time.Time) (until time.Time, waits bool) {
	t.timing.Lock()
	defer t.timing.Unlock()
	if !t.begun {
		t.lasts = min(now.Sub(t.began)+t.first(), t.share)
	}
	return t.began.Add(t.lasts), !t.begun
}

// Begun ends that wait.
func (t *try) Begun() {
	t.kept.Store(false)
	t.timing.Lock()
	defer t.timing.Unlock()
	t.begun = true
	t.lasts = t.share
}

// stream lets an attempt take all the time that its call has.
func (t *try) stream() {
	t.timing.Lock()
	defer t.timing.Unlock()
	t.lasts = t.call.end.Sub(t.began)
}

// limit is when the attempt has taken too long.
func (t *try) limit() time.Time {
	t.timing.Lock()
	defer t.timing.Unlock()
	return t.began.Add(t.lasts)
}

// run sends the request and waits for its answer.
func (t *try) run() {
	t.res, t.err = t.call.next.RoundTrip(&t.req) //nolint:bodyclose // settle or lose closes it
	t.outcome = attempt.Judge(t, t.res, t.err)
}

// Connected sees each connection that the request is sent on. Go's http.Transport by itself sends it again when a kept connection
// was closed before the answer's first byte, which is how a service says that it had closed it already. It goes on until it meets
// a new connection, so that a request on which the service falls over would be sent once for each connection that is kept. Here,
// when one was closed, the others are given up: after the next there is a new one, or the attempt ends.
func (t *try) Connected(reused bool) {
	t.conns++
	t.kept.Store(reused)
	if t.conns == 1 {
		return
	}
	t.call.metrics.replayed.Inc()
	switch {
	case reused && t.conns > 2:
		t.ending.end(attempt.ErrReplayed)
	case reused:
		t.distrust()
	}
}

// timeOut ends an attempt that takes too long. Where nothing came on a kept connection, its other end may have gone without a
// word, and those of the others with it.
func (t *try) timeOut() {
	t.ending.end(attempt.ErrTimeout)
	if t.kept.Load() {
		t.distrust()
	}
}

// distrust gives up the connections that are kept for the endpoint.
func (t *try) distrust() {
	if t.Distrust != nil {
		t.Distrust()
	}
}

// settle is the result of the attempt that its call goes on with.
func (t *try) settle() result {
	if t.err != nil {
		t.end(nil)
		if t.outcome == attempt.TimedOut {
			t.err = fmt.Errorf("%w: %w", attempt.ErrTimeout, t.err)
		}
		return t.result
	}
	if !t.outcome.Failure() {
		took := time.Since(t.began)
		t.call.usual.add(t.began.Add(took), took)
	}
	if attempt.Taken(t.res) {
		t.end(nil)
		return t.result
	}
	t.stream()
	attempt.OnClose(t.res, func() { t.end(nil) })
	return t.result
}

// end ends the attempt's context, and whatever is still under way for it.
func (t *try) end(cause error) {
	t.call.clock.forget(t)
	t.ending.end(cause)
}
