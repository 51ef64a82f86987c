package balancer

import (
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// lineup is who can be picked, until something changes. It is never changed itself: picks read it without a lock.
type lineup struct {
	all []*endpoint
	// tiers are asked in their order, each when nobody of the one before can take a call. None is empty.
	tiers []tier
	// panic says that so few are usable that all are used.
	panic bool
	// until is when time alone brings a change.
	until time.Duration
}

// lineUp sorts endpoints by whether they are used. First come those that are well, then those that asked for rest. Those that
// are left out come last, when every other's breaker is open: then fewer than the panic threshold can take a call.
func lineUp(all []*endpoint, panicBelow int, now, until time.Duration) *lineup {
	l := &lineup{all: all, panic: panicking(all, panicBelow), until: until}
	var well, resting, out []candidate
	for _, e := range all {
		c := candidate{endpoint: e, weight: e.weight, warmth: e.warmth}
		switch {
		case e.out() && !l.panic:
			out = append(out, c)
		case now < e.rest:
			resting = append(resting, c)
		default:
			well = append(well, c)
		}
		for _, end := range []time.Duration{e.rest, e.record.until} {
			if now < end {
				l.until = min(l.until, end)
			}
		}
	}
	if panicBelow == 0 {
		out = nil
	}
	for _, candidates := range [][]candidate{well, resting, out} {
		if len(candidates) > 0 {
			l.tiers = append(l.tiers, newTier(candidates))
		}
	}
	return l
}

// panicking reports whether fewer than a share of the endpoints, in percent, are usable.
func panicking(all []*endpoint, below int) bool {
	usable := 0
	for _, e := range all {
		if !e.out() {
			usable++
		}
	}
	return usable*100 < below*len(all)
}

// others reports whether the next attempt of a call can go to an endpoint that none went to before.
func (l *lineup) others(call *attempt.Call) bool {
	for _, t := range l.tiers {
		if slices.ContainsFunc(t.candidates, func(c candidate) bool { return c.fits(call, 0) }) {
			return true
		}
		if slices.ContainsFunc(t.candidates, func(c candidate) bool { return c.breaker.Ready() }) {
			return false // it would be tried again
		}
	}
	return false
}
