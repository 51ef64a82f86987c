package shared

import (
	"context"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Refund gives back units of what a reservation was granted, from where it was counted. It waits for nobody. It is done as well
// as it can be: nothing is given back in Redis while that cannot be reached, nor twice.
func (s *Store) Refund(ctx context.Context, r *charge.Reservation, units int64) {
	if units = min(units, r.Granted); units <= 0 {
		return
	}
	for i := range r.Charges {
		s.exhausted.Forget(r.Charges[i].Key)
	}
	switch r.By {
	case charge.ByStore:
		s.refundShared(ctx, r, units)
	case charge.ByLocal, charge.ByOpen:
		s.local.Refund(ctx, r, units)
		s.owed.forgive(r, units)
	case charge.ByClosed:
	}
}

func (s *Store) refundShared(ctx context.Context, r *charge.Reservation, units int64) {
	known, ok := s.stamps.get(r.At)
	q := question{Reservation: *r, ats: known.ats}
	for i := range r.Charges {
		s.correct(q.refund(i, units))
	}
	if ok {
		s.refundMirrored(ctx, &q, known.local, units)
	}
}

// refundMirrored gives back what was noted here.
func (s *Store) refundMirrored(ctx context.Context, q *question, at, units int64) {
	for i := range q.Charges {
		each := q.Reservation
		each.Charges, each.At = q.Charges[i:i+1], at
		if own := q.ats[q.Charges[i].Key]; own.local != 0 {
			each.At = own.local
		}
		s.local.Refund(ctx, &each, units)
	}
}
