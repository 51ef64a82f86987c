package limit

import (
	"math"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// capacity finds how many calls a service takes at the same time. It looks at one window of calls after the other. Time is
// passed in, counted from when it began; its owner sees to it that one goroutine at a time uses it.
//
// A queue in the service shows as calls that take longer than they usually do. So after each window
//
//	limit = limit * min(1, tolerance / slowness) + sqrt(limit)
//
// which is the gradient of Netflix's concurrency-limits and of Envoy: the limit grows while calls are quick, and settles where it
// loses by their slowness what it grows by. A service that refuses calls says itself, and at once, that there are too many.
//
// What is usual must not be learned from a service that is overloaded, or else an overload that lasts becomes the usual thing. So
// it rises only while the limit keeps nobody waiting, and slowly even then, since overloads begin so.
//
// Nor does it say anything of the service when this process is itself short of processors: then answers wait here before anybody
// looks at them, and every service seems to be slow.
type capacity struct {
	min, max float64
	waits    func() time.Duration // what most goroutines of this process lately waited for a processor
	limit    float64
	kinds    kinds
	window   window
	// shrunk is when calls in flight last had to become fewer. Those that began before waited behind more than there may be now,
	// so they say nothing about the limit as it is.
	shrunk time.Duration
}

// window is what was seen since the last decision.
type window struct {
	began   time.Duration
	timed   int     // calls whose time counts
	took    float64 // the sum of what they took, in logarithms
	excess  float64 // the sum of what they took beyond the usual, in logarithms
	refused int     // calls that the service refused
	late    int     // calls that it did not answer in time
	peak    int     // the most calls in flight
	held    bool    // a call found no room
}

// sample is a call that ended.
type sample struct {
	kind         uint64
	began, ended time.Duration
	outcome      attempt.Outcome
	inFlight     int // calls, this one included
}

const (
	period    = 250 * time.Millisecond // the shortest window
	enough    = 20                     // calls that a window must have seen
	tolerance = 3                      // times the usual time that calls may take
	tooMany   = 10                     // one call in so many that is refused, or not answered in time, is too many
	rising    = 0.02                   // how fast the usual time may rise, each second: it doubles in half a minute
)

func newCapacity(lowest, highest int, waits func() time.Duration) *capacity {
	return &capacity{min: float64(lowest), max: float64(highest), limit: float64(highest), waits: waits}
}

// admit notes how many calls are in flight, now that there is one more.
func (c *capacity) admit(inFlight int) { c.window.peak = max(c.window.peak, inFlight) }

// hold notes that there was no room for a call.
func (c *capacity) hold() { c.window.held = true }

// observe takes in a call that ended, and decides anew when a window is over.
func (c *capacity) observe(s sample) {
	if s.began < c.shrunk {
		return
	}
	switch s.outcome {
	case attempt.Answered:
		took := logarithm(s.ended - s.began)
		c.kinds.learn(s.kind, took)
		c.window.timed++
		c.window.took += took
		c.window.excess += c.kinds.excess(s.kind, took)
	case attempt.TimedOut:
		c.window.late++
	case attempt.Limited, attempt.Overloaded:
		c.window.refused++
	default:
		return // that says nothing about how many the service takes
	}
	c.decide(s.ended, s.inFlight)
}

func (c *capacity) decide(now time.Duration, inFlight int) {
	seen := c.window.timed + c.window.refused + c.window.late
	switch {
	case seen < enough:
		return
	case c.window.late*tooMany > seen: // news that comes late
		c.set(now, 0.5*min(c.limit, float64(c.window.peak)))
	case c.window.refused*tooMany > seen: // news that comes at once
		c.set(now, 0.9*min(c.limit, float64(c.window.peak)))
	case now-c.window.began < period:
		return
	case c.strained():
		c.set(now, c.limit+math.Sqrt(c.limit))
	default:
		c.kinds.settle(c.rise(now))
		c.set(now, c.next())
	}
	c.window = window{began: now, peak: inFlight}
}

// strained reports whether most goroutines waited longer for a processor than calls usually take.
func (c *capacity) strained() bool {
	usual := math.Exp((c.window.took - c.window.excess) / float64(max(c.window.timed, 1)))
	return float64(c.waits()) > usual
}

// rise is how much the usual times may have risen in this window.
func (c *capacity) rise(now time.Duration) float64 {
	if c.window.held {
		return 0
	}
	return rising * (now - c.window.began).Seconds()
}

// next is the limit after a window in which the service refused few.
func (c *capacity) next() float64 {
	slowness := math.Exp(c.window.excess / float64(c.window.timed))
	next := c.limit*max(0.5, min(1, tolerance/slowness)) + math.Sqrt(c.limit)
	if next < c.limit && !c.window.held {
		// Slow, though this limit held nobody. If calls pile up in the service, they will soon come up to twice as many. If it is
		// the way there that has become longer, they will not, and nobody need be turned away.
		next = min(c.limit, max(next, 2*float64(c.window.peak)))
	}
	return next
}

func (c *capacity) set(now time.Duration, limit float64) {
	c.limit = max(c.min, min(c.max, limit))
	if c.limit < float64(c.window.peak) {
		c.shrunk = now
	}
}
