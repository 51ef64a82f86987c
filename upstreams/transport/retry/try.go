package retry

import (
	"fmt"
	"net/http"
	"net/http/httptrace"
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
	req   *http.Request
	began time.Time
	clock *time.Timer
	trace httptrace.ClientTrace
	conns int
	kept  atomic.Bool // nothing has come yet, on a connection that was kept

	timing sync.Mutex
	first  bool      // the answer's first byte has come
	until  time.Time // when it has taken too long; the clock may look earlier, but not later
	timed  bool      // nobody looks at the clock any more
}

// newTry begins the next attempt's time.
func (c *call) newTry(now time.Time) *try {
	t := &try{call: c, began: now, Try: attempt.Try{Call: &c.attempts}, ending: ending{Context: c.req.Context()}}
	t.Ends = &t.ending
	share := c.share(now)
	first := share
	if header := c.timeouts.Header; header > 0 {
		first = min(header, share)
	}
	if first < share && streams(c.req) {
		t.start(share)
		t.trace.WroteRequest = func(wrote httptrace.WroteRequestInfo) {
			if wrote.Err == nil && t.Err() == nil {
				t.await(first)
			}
		}
	} else {
		t.start(first)
	}
	t.trace.GotConn = t.gotConn
	t.trace.GotFirstResponseByte = func() { t.answered(share) }
	if early, ok := c.req.Context().Value(attempt.EarlyKey{}).(attempt.Early); ok {
		t.trace.Got1xxResponse = early.Informational
	}
	t.req = c.req.WithContext(httptrace.WithClientTrace(t, &t.trace))
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

// start gives the attempt its first time.
func (t *try) start(first time.Duration) {
	t.until = t.began.Add(first)
	t.clock = time.AfterFunc(first, t.look)
}

// await begins the wait for the answer's first byte, unless it is there: a service may answer before it has read everything.
func (t *try) await(first time.Duration) {
	t.timing.Lock()
	defer t.timing.Unlock()
	if !t.first {
		t.until = time.Now().Add(first)
		t.clock.Reset(first)
	}
}

// answered ends that wait. Most attempts are over before their clock looks, so it is not set anew: that would cost each of them
// more than this does those few.
func (t *try) answered(share time.Duration) {
	t.kept.Store(false)
	t.timing.Lock()
	defer t.timing.Unlock()
	t.first = true
	t.until = t.began.Add(share)
}

// stream lets an attempt take all the time that its call has.
func (t *try) stream() {
	t.timing.Lock()
	defer t.timing.Unlock()
	t.until = t.call.end
}

// look ends the attempt where its time is over, and otherwise looks again when that may be so.
func (t *try) look() {
	if t.late() {
		t.timeOut()
	}
}

func (t *try) late() bool {
	t.timing.Lock()
	defer t.timing.Unlock()
	left := time.Until(t.until)
	if left > 0 && !t.timed {
		t.clock.Reset(left)
	}
	return left <= 0 && !t.timed
}

// run sends the request and waits for its answer.
func (t *try) run() {
	t.res, t.err = t.call.next.RoundTrip(t.req) //nolint:bodyclose // settle or lose closes it
	t.outcome = attempt.Judge(t.req.Context(), t.res, t.err)
}

// gotConn sees each connection that the request is sent on. Go's http.Transport by itself sends it again when a kept connection
// was closed before the answer's first byte, which is how a service says that it had closed it already. It goes on until it meets
// a new connection, so that a request on which the service falls over would be sent once for each connection that is kept. Here,
// when one was closed, the others are given up: after the next there is a new one, or the attempt ends.
func (t *try) gotConn(info httptrace.GotConnInfo) {
	t.conns++
	t.kept.Store(info.Reused)
	if t.conns == 1 {
		return
	}
	t.call.metrics.replayed.Inc()
	switch {
	case info.Reused && t.conns > 2:
		t.ending.end(attempt.ErrReplayed)
	case info.Reused:
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
	now := time.Now()
	if !t.outcome.Failure() {
		t.call.usual.add(now, now.Sub(t.began))
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
	t.timing.Lock()
	t.timed = true
	t.timing.Unlock()
	t.clock.Stop()
	t.ending.end(cause)
}
