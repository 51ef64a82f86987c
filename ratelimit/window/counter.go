package window

import (
	"slices"
	"time"

	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Run is units that passed close together.
type Run struct {
	// Last is when the last of them passed.
	Last int64
	// Units are at least 1.
	Units int64
}

// Counter is what passed lately. The zero Counter has counted nothing, and neither has a nil one, which cannot be charged. It is
// not safe for concurrent use.
//
// What has a now settles it first: runs that are a period old are forgotten, and what would have passed later than now has passed
// now. The second is for clocks that are set back: never does more pass by it, and nobody waits longer than one period.
type Counter struct {
	runs   []Run // the oldest first
	passed int64 // the units of all of them, so that nobody who waits for the counter waits while they are added up
}

// Runs is what counts at now, the oldest first. It is the counter's own, until anything else is asked of it.
func (c *Counter) Runs(rate limiter.Rate, now int64) []Run {
	if c == nil {
		return nil
	}
	c.settle(rate, now)
	return c.runs
}

// Left is how many units may still pass. It is negative where more than the limit was forced.
func (c *Counter) Left(rate limiter.Rate, now int64) int64 {
	if c == nil {
		return rate.Limit
	}
	c.settle(rate, now)
	return c.left(rate)
}

// Free reports whether a unit may pass, whatever time it is: what has passed only ever counts less. It may be false too often.
func (c *Counter) Free(rate limiter.Rate) bool { return c.left(rate) > 0 }

func (c *Counter) left(rate limiter.Rate) int64 { return rate.Limit - c.passed }

// Wait is how long it takes until so many units, at least 1, may pass, if nothing else does: 0 if they may now, charge.Never if
// they are more than the limit.
func (c *Counter) Wait(rate limiter.Rate, now, units int64) time.Duration {
	return c.wait(rate, now, units, c.Left(rate, now))
}

// wait is Wait where it is known how much is left.
func (c *Counter) wait(rate limiter.Rate, now, units, left int64) time.Duration {
	if units > rate.Limit {
		return charge.Never
	}
	tooMany, next := units-left, 0
	for ; tooMany > 0; next++ {
		tooMany -= c.runs[next].Units
	}
	if next == 0 {
		return 0
	}
	return time.Duration(c.runs[next-1].Last+Period(rate)-now) * time.Microsecond
}

// Charge counts units, at least 1, that pass now, whether or not there is room for them.
func (c *Counter) Charge(rate limiter.Rate, now, units int64) {
	c.settle(rate, now)
	c.add(Quantum(rate), now, units)
}

// Refund takes back units, at least 1, that were charged at that time, as far as their run still has them. It does not settle the
// counter, since it takes place at no time.
func (c *Counter) Refund(rate limiter.Rate, at, units int64) {
	quantum := Quantum(rate)
	for i, run := range slices.Backward(c.runs) {
		if run.Last/quantum != at/quantum {
			continue
		}
		units = min(units, run.Units)
		c.passed -= units
		c.runs[i].Units -= units
		if c.runs[i].Units == 0 {
			c.runs = slices.Delete(c.runs, i, i+1)
		}
		return
	}
}

func (c *Counter) settle(rate limiter.Rate, now int64) {
	period, dead := Period(rate), 0
	for dead < len(c.runs) && now-c.runs[dead].Last >= period {
		c.passed -= c.runs[dead].Units
		dead++
	}
	if dead > 0 {
		c.runs = c.runs[:copy(c.runs, c.runs[dead:])]
	}
	known, ahead := len(c.runs), int64(0)
	for ; known > 0 && c.runs[known-1].Last > now; known-- {
		ahead += c.runs[known-1].Units
	}
	if ahead > 0 {
		c.runs = c.runs[:known]
		c.passed -= ahead
		c.add(Quantum(rate), now, ahead)
	}
}

// add counts units in the newest run, or in a new one. The counter is settled.
func (c *Counter) add(quantum, now, units int64) {
	if n := len(c.runs); n > 0 && c.runs[n-1].Last/quantum == now/quantum {
		units = min(units, MaxUnits-c.runs[n-1].Units)
		c.runs[n-1] = Run{Last: now, Units: c.runs[n-1].Units + units}
		c.passed += units
		return
	}
	c.makeRoom()
	units = min(units, MaxUnits)
	c.runs = append(c.runs, Run{Last: now, Units: units})
	c.passed += units
}

// usual is how many runs a counter grows to that has 34 at most. 36 of them fill a block of the allocator's.
const usual = 36

// makeRoom makes room for one more run.
func (c *Counter) makeRoom() {
	switch n := len(c.runs); {
	case n < cap(c.runs):
	case n >= MaxRuns:
		units := min(c.runs[0].Units, MaxUnits-c.runs[1].Units)
		c.passed -= c.runs[0].Units - units
		c.runs[1].Units += units
		c.runs = slices.Delete(c.runs, 0, 1)
	case n == usual-4:
		c.runs = append(make([]Run, 0, usual), c.runs...)
	default:
		c.runs = append(make([]Run, 0, min(max(1, 2*n), MaxRuns)), c.runs...)
	}
}
