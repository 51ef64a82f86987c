package shared

import (
	"slices"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// question is a reservation as Redis is asked for it: a copy, since who asks may leave before the answer comes.
type question struct {
	charge.Reservation
	of *charge.Reservation
	// ats is when each key was charged, where that is not At for all: in a cluster, and of leases.
	ats map[string]moment
}

// moment is one moment by two clocks, in microseconds.
type moment struct{ redis, local int64 }

// questionsOf copies reservations. Their charges share one piece of memory.
func questionsOf(reservations []*charge.Reservation) []*question {
	n := 0
	for _, r := range reservations {
		n += len(r.Charges)
	}
	all, charges := make([]*question, len(reservations)), make([]charge.Charge, 0, n)
	room := make([]question, len(reservations))
	for i, r := range reservations {
		begin := len(charges)
		charges = append(charges, r.Charges...)
		room[i] = question{Reservation: *r, of: r}
		room[i].Charges = slices.Clip(charges[begin:])
		all[i] = &room[i]
	}
	return all
}

// answer copies what came of it to who asked.
func (q *question) answer() {
	q.of.Granted, q.of.At, q.of.By = q.Granted, q.At, q.By
	for i := range q.Charges {
		q.of.Charges[i].Remaining, q.of.Charges[i].Wait = q.Charges[i].Remaining, q.Charges[i].Wait
	}
}

// nothing is what becomes of reservations that nobody decides about.
func nothing(reservations []*charge.Reservation) {
	for _, r := range reservations {
		r.Granted, r.At, r.By = 0, 0, charge.ByStore
	}
}
