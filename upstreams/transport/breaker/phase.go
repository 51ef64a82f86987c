package breaker

import "time"

// phase is a state's part of the decisions. The breaker calls it under its lock.
type phase interface {
	state() State
	// settle is the move that time alone has made. The other methods come after it.
	settle(now time.Time) move
	// ready reports whether admit could take a call.
	ready() bool
	// admit takes a call, or says when to ask again.
	admit(now time.Time) (retryAfter time.Duration, ok bool)
	// done hears how a call ended that this phase, or an earlier one of the same state, took.
	done(now time.Time, r result) move
}

// move leads to the next phase. The zero move stays.
type move struct {
	to     phase
	reason string
	wait   time.Duration
}

// soon is when to ask again where that depends on other calls.
const soon = time.Second

// closed takes every call.
type closed struct {
	*rules
	window window
}

func (*closed) state() State                          { return Closed }
func (*closed) settle(time.Time) move                 { return move{} }
func (*closed) ready() bool                           { return true }
func (*closed) admit(time.Time) (time.Duration, bool) { return 0, true }
func (c *closed) done(now time.Time, r result) move   { return c.count(now, r, c.MinCalls, c.Open) }

// count opens for wait once at least so many calls say so.
func (c *closed) count(now time.Time, r result, minCalls int, wait time.Duration) move {
	if !r.counts {
		return move{}
	}
	sum := c.window.add(now, r.tally())
	switch {
	case sum.calls < minCalls:
		return move{}
	case sum.reaches(c.FailureRate, sum.failed):
		return c.toOpen(now, "failure_rate", wait)
	case c.SlowRate > 0 && sum.reaches(c.SlowRate, sum.slow):
		return c.toOpen(now, "slow_rate", wait)
	}
	return move{}
}

// ramping is closed, but takes a growing share of the calls: those that waited would otherwise all come at once to a service that
// has only just recovered. (Traefik's breaker recovers in the same way.)
type ramping struct {
	*closed
	since time.Time
	wait  time.Duration // how long it was open, before jitter
}

// rampStart is the share at first.
const rampStart = 0.1

func (r *ramping) settle(now time.Time) move {
	if now.Sub(r.since) < r.Ramp {
		return move{}
	}
	return move{to: r.closed}
}

func (r *ramping) admit(now time.Time) (time.Duration, bool) {
	passed := float64(now.Sub(r.since)) / float64(r.Ramp)
	return soon, r.random() < rampStart+(1-rampStart)*passed
}

// done asks for half as many calls, since about half are let through on the way (55 in a hundred): otherwise a service that is
// called just often enough to be judged could not be while it recovers. One that fails under the returning calls has not
// recovered, so it rests for longer than before.
func (r *ramping) done(now time.Time, result result) move {
	return r.count(now, result, (r.MinCalls+1)/2, r.longer(r.wait))
}

// open takes no call before its time is over.
type open struct {
	*rules
	until time.Time
	wait  time.Duration // before jitter
}

func (*open) state() State                { return Open }
func (*open) ready() bool                 { return false }
func (*open) done(time.Time, result) move { return move{} } // it took no call

func (o *open) settle(now time.Time) move {
	if now.Before(o.until) {
		return move{}
	}
	return move{to: &halfOpen{rules: o.rules, wait: o.wait}, reason: "waited"}
}

func (o *open) admit(now time.Time) (time.Duration, bool) { return o.until.Sub(now), false }

// halfOpen takes a few calls as probes.
type halfOpen struct {
	*rules
	wait   time.Duration // how long it was open, before jitter
	out    int
	passed int
}

func (*halfOpen) state() State          { return HalfOpen }
func (*halfOpen) settle(time.Time) move { return move{} }
func (h *halfOpen) ready() bool         { return h.out+h.passed < h.Probes }

func (h *halfOpen) admit(time.Time) (time.Duration, bool) {
	if !h.ready() {
		return soon, false
	}
	h.out++
	return 0, true
}

func (h *halfOpen) done(now time.Time, r result) move {
	h.out--
	switch {
	case !r.counts:
		return move{} // its place is free again
	case r.failed || r.slow:
		return h.toOpen(now, "probe_failed", h.longer(h.wait))
	}
	h.passed++
	if h.passed < h.Probes {
		return move{}
	}
	return move{to: &ramping{closed: h.toClosed(now), since: now, wait: h.wait}, reason: "probes_passed"}
}
