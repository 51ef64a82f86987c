package ratelimit

import (
	"context"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// taken is what a rule took, or what rules took together.
type taken struct {
	rules       []*rule // one for each charge
	reservation *charge.Reservation
}

// reserve asks the store about all, and counts what came of it.
func (a *Account) reserve(ctx context.Context, all []taken) error {
	if err := a.ask(ctx, &a.left, all); err != nil {
		return err
	}
	for i := range all {
		a.limiter.record(a, &all[i])
	}
	return nil
}

// ask asks the store, and waits no longer than is left. It does not end with the request: whoever hangs up before the answer
// would never be counted.
func (a *Account) ask(ctx context.Context, left *time.Duration, all []taken) error {
	if len(all) == 0 {
		return nil
	}
	reservations := slices.Grow(a.room.asked[:0], len(all))
	for i := range all {
		reservations = append(reservations, all[i].reservation)
	}
	if a.limiter.parts.Within == 0 {
		return a.limiter.parts.Store.Reserve(ctx, 0, reservations...)
	}
	began := time.Now()
	err := a.limiter.parts.Store.Reserve(context.WithoutCancel(ctx), *left, reservations...)
	*left = max(*left-time.Since(began), 0)
	return err
}

// refuse is the problem of the first reservation that was refused, nil where none was.
func (a *Account) refuse(all []taken) error {
	for i := range all {
		if t := &all[i]; t.enforced() && t.refused() {
			names, wait := t.violated(a.limiter.now)
			return refusal(names, wait, t.reservation.By)
		}
	}
	return nil
}

// undo gives back all that a request took which does not go on.
func (a *Account) undo(ctx context.Context, all []taken) {
	for i := range all {
		if t := &all[i]; t.reservation.Granted > 0 {
			a.limiter.parts.Store.Refund(ctx, t.reservation, t.reservation.Granted)
			t.forget()
		}
	}
}

// enforced reports whether a reservation is of rules that refuse.
func (t *taken) enforced() bool { return t.rules[0].Mode != Measure }

// refused reports whether fewer were granted than make sense.
func (t *taken) refused() bool {
	return t.reservation.Want > 0 && t.reservation.Granted < t.reservation.Least
}

// violated are the names of what there was not enough of, as callers are told them, and the longest wait of those.
func (t *taken) violated(now func() time.Time) (names []string, wait time.Duration) {
	for i, r := range t.rules {
		each := t.waitOf(i, now)
		if each == 0 && !t.uncounted(i) {
			continue
		}
		names = append(names, r.named(t.reservation.Charges[i].Rate == r.burst))
		if wait != charge.Never && (each == charge.Never || each > wait) {
			wait = each
		}
	}
	return names, wait
}

// uncounted reports whether a charge was refused because it could not be counted.
func (t *taken) uncounted(i int) bool {
	return t.reservation.By == charge.ByClosed && t.reservation.Charges[i].Failing == charge.Closed
}

// waitOf is how long it takes until a charge fits: until the end of the month at most, where a month counts.
func (t *taken) waitOf(i int, now func() time.Time) time.Duration {
	return t.rules[i].soonest(t.reservation.Charges[i].Wait, now)
}

// forget says of what was given back that it is left, so that the same would pass now.
func (t *taken) forget() {
	for i := range t.reservation.Charges {
		c := &t.reservation.Charges[i]
		c.Remaining, c.Wait = min(c.Remaining+t.reservation.Granted*c.Cost, c.Rate.Limit), 0
	}
	t.reservation.Granted = 0
}
