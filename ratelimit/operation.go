package ratelimit

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Asked is what an operation is asked for by.
type Asked struct {
	// Operation is the operation's name, empty where it has none.
	Operation string
	// Tool is the name of the tool that is called, empty where the operation is asked for itself.
	Tool string
}

// Estimate is what an operation is reckoned to take at most.
type Estimate struct {
	Cost, Calls, Keys int64
}

func (e Estimate) of(unit Unit) int64 {
	switch unit {
	case Cost:
		return e.Cost
	case Calls:
		return e.Calls
	case Keys:
		return e.Keys
	default:
		return 1
	}
}

// Operation takes what an operation costs, by the rules that name operations or tools and those that count what one takes, and
// says in the header of the answer what is left. Where it may not go on, the request is given back all that it was charged. The
// error is a problem.
func (a *Account) Operation(ctx context.Context, header http.Header, asked Asked, estimate func() Estimate) error {
	if a == nil {
		return nil
	}
	rules := a.limiter.rulesOf(a.plan, func(r *rule) bool { return !r.early() && r.about(a.Request()) && r.ofOperation(asked) })
	if len(rules) == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	known := estimate()
	all := a.gather(rules, 1, 1, func(r *rule) int64 {
		if r.Counts == Requests {
			return r.cost
		}
		return known.of(r.Counts)
	})
	err := a.settle(ctx, all)
	a.Announce(header)
	if err == nil {
		return nil
	}
	if wait := problem.From(err).RetrySeconds(); wait > 0 {
		header.Set("Retry-After", strconv.FormatInt(wait, 10))
	}
	return err
}

// Actual corrects what a request was charged to what it has taken by now: more was taken only where nobody could know how much it
// would be.
func (a *Account) Actual(ctx context.Context, actual Estimate) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.actual(ctx, actual)
}

func (a *Account) actual(ctx context.Context, actual Estimate) {
	var more []taken
	for i := range a.taken {
		t := &a.taken[i]
		if t.reservation.Granted == 0 {
			continue
		}
		for n, r := range t.rules {
			if r.Counts != Requests {
				more = a.correct(ctx, more, t, n, actual.of(r.Counts))
			}
		}
	}
	if err := a.reserve(ctx, more); err != nil {
		a.limiter.failed(ctx, err)
	}
}

// CountsWork reports whether a rule counts what requests take, and not only how many there are.
func (l *Limiter) CountsWork() bool {
	counts := func(r *rule) bool { return r.Counts != Requests }
	for _, p := range l.plans {
		if slices.ContainsFunc(p.rules, counts) {
			return true
		}
	}
	return slices.ContainsFunc(l.general, counts)
}

// Showed adds to what a request has taken that passes through to a service, which is one call: it was shown records of some cost.
func (a *Account) Showed(ctx context.Context, records, cost int64) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shown.Calls, a.shown.Keys, a.shown.Cost = 1, a.shown.Keys+records, a.shown.Cost+cost
	a.actual(ctx, a.shown)
}

// correct gives back what one charge took too much, or adds to more what it took too little.
func (a *Account) correct(ctx context.Context, more []taken, t *taken, n int, actual int64) []taken {
	paid := &t.reservation.Charges[n]
	one := *paid
	one.Cost = 1
	r := &charge.Reservation{Charges: []charge.Charge{one}, Granted: paid.Cost, At: t.reservation.At, By: t.reservation.By}
	switch {
	case actual < paid.Cost:
		a.limiter.parts.Store.Refund(ctx, r, paid.Cost-actual)
	case actual > paid.Cost:
		r.Want, r.Least, r.Force = actual-paid.Cost, actual-paid.Cost, true
		more = append(more, taken{rules: t.rules[n : n+1], reservation: r})
	}
	paid.Cost = actual
	return more
}
