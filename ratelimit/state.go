package ratelimit

import (
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// State is what became of a limit that a request was charged to.
type State struct {
	// Name is the limit's, as callers are told it. That of a burst ends in -burst.
	Name string `json:"name"`
	// By is whom it counts together, and Counts what it counts.
	By     By   `json:"by"`
	Counts Unit `json:"counts"`
	// Limit is the most that passes in Per.
	Limit int64  `json:"limit"`
	Per   string `json:"per"`
	// Charged is what the request took. What an operation was reckoned to take at most and did not take is given back when its
	// answer is there.
	Charged int64 `json:"charged"`
	// Remaining is what was left then.
	Remaining int64 `json:"remaining"`
	// WaitSeconds is how long it takes until the same would pass again, rounded up: 0 where it would now, -1 where it never does.
	WaitSeconds int64 `json:"wait_seconds"`
	// Measured says that the limit refuses nothing.
	Measured bool `json:"measured,omitzero"`
	// Unshared says that other instances' counts are not in it, since they cannot be reached.
	Unshared bool `json:"unshared,omitzero"`
}

// State is what became of the limits that the request was charged to as a whole, in the order in which they were. Those of fields
// are not among them. It asks nobody, and charges nothing.
func (a *Account) State() []State {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []State
	for i := range a.taken {
		t := &a.taken[i]
		for n := range t.reservation.Charges {
			all = append(all, a.stateOf(t, n))
		}
	}
	return all
}

func (a *Account) stateOf(t *taken, n int) State {
	r, c := t.rules[n], &t.reservation.Charges[n]
	burst := c.Rate == r.burst
	s := State{
		Name: r.named(burst), By: r.By, Counts: r.Counts, Limit: c.Rate.Limit, Per: r.Per.String(),
		Charged: t.reservation.Granted * c.Cost, Remaining: c.Remaining, WaitSeconds: int64(charge.Never),
		Measured: r.Mode == Measure, Unshared: t.reservation.By != charge.ByStore,
	}
	if burst {
		s.Per = c.Rate.Period.Round(time.Millisecond).String()
	}
	if wait := t.waitOf(n, a.limiter.now); wait != charge.Never {
		s.WaitSeconds = seconds(wait)
	}
	return s
}
