package window

import (
	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Reserve decides about a reservation, charges its counters, and tells it what came of that. There is a counter for each of its
// charges, in their order. It allocates only where a counter gains a run.
func Reserve(now int64, r *charge.Reservation, counters []*Counter) {
	Take(now, r, counters, Decide(now, r, counters))
}

// Decide is how many units of a reservation may pass now. It charges nothing.
func Decide(now int64, r *charge.Reservation, counters []*Counter) (granted int64) {
	granted = max(0, r.Want)
	if r.Force {
		return granted
	}
	for i := range r.Charges {
		each := &r.Charges[i]
		granted = min(granted, counters[i].Left(each.Rate, now)/cost(each))
	}
	if granted < max(1, r.Least) {
		return 0
	}
	return granted
}

// Take charges the counters of a reservation with what Decide has granted at the same time, and sets what a store sets in it.
func Take(now int64, r *charge.Reservation, counters []*Counter, granted int64) {
	r.Granted, r.At, r.By = granted, 0, charge.ByStore
	if granted > 0 {
		r.At = now
	}
	for i := range r.Charges {
		each, counter := &r.Charges[i], counters[i]
		if granted > 0 {
			counter.Charge(each.Rate, now, times(granted, cost(each)))
		}
		left := counter.Left(each.Rate, now)
		each.Remaining = max(0, left)
		each.Wait = counter.wait(each.Rate, now, times(max(1, r.Least), cost(each)), left)
	}
}

// Refund takes back units of a reservation from the counter of one of its charges.
func Refund(r *charge.Reservation, each *charge.Charge, counter *Counter, units int64) {
	if units = min(units, r.Granted); units > 0 {
		counter.Refund(each.Rate, r.At, times(units, cost(each)))
	}
}

func cost(c *charge.Charge) int64 { return max(1, c.Cost) }

// times is a product, or MaxUnits where it would be more.
func times(units, cost int64) int64 {
	if units > MaxUnits/cost {
		return MaxUnits
	}
	return units * cost
}
