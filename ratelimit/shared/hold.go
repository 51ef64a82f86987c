package shared

import (
	"context"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// hold is what is kept of leases for one reservation, until it is decided.
type hold struct {
	r       *charge.Reservation
	parts   []part
	granted int64
	// rest is what Redis is asked for: the charges without leases. It is nil where there are none, or nothing is granted.
	rest *charge.Reservation
}

// part is one charge with a lease.
type part struct {
	*charge.Charge
	lease    *lease
	portions []portion
}

// attempts is how often others may be quicker to use what was asked for.
const attempts = 8

// askLeased decides about reservations with what leases have in hand, and asks Redis for the others, all at once.
func (s *Store) askLeased(ctx context.Context, st *state, deadline time.Time, reservations []*charge.Reservation) error {
	var holds []*hold
	exact := reservations
	for i, r := range reservations {
		h, err := s.hold(ctx, st, deadline, r)
		if err != nil {
			s.release(st, holds, false)
			return err
		}
		switch {
		case h == nil && holds != nil:
			exact = append(exact, r)
		case h != nil && holds == nil:
			exact = append([]*charge.Reservation(nil), reservations[:i]...)
			fallthrough
		case h != nil:
			holds = append(holds, h)
			exact = h.add(exact)
		}
	}
	var err error
	if len(exact) > 0 {
		err = s.ask(ctx, st, time.Until(deadline), exact)
	}
	s.release(st, holds, err == nil)
	return err
}

// leased reports whether a charge of a reservation takes from a lease. One that wants more than that holds asks Redis.
func leased(r *charge.Reservation, each *charge.Charge) bool {
	return each.Lease > 0 && !r.Force && r.Want > 0 && times(r.Want, each.Cost) <= each.Lease
}

// hold keeps what a reservation wants, or what there is. It is nil where the reservation has no leases, or others use them up
// quicker than they can be filled. It waits where there is not enough in hand.
func (s *Store) hold(ctx context.Context, st *state, deadline time.Time, r *charge.Reservation) (*hold, error) {
	h := &hold{r: r}
	for i := range r.Charges {
		if leased(r, &r.Charges[i]) {
			h.parts = append(h.parts, part{Charge: &r.Charges[i]})
		}
	}
	if len(h.parts) == 0 {
		return nil, nil
	}
	for range attempts {
		done, waits := s.tryHold(st, h)
		if done {
			return h, nil
		}
		if len(waits) == 0 {
			return nil, nil
		}
		if err := await(ctx, st, deadline, waits); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// tryHold is done where nothing need be waited for. Otherwise it asks for more of what is short.
func (s *Store) tryHold(st *state, h *hold) (done bool, waits []<-chan struct{}) {
	s.leases.mu.Lock()
	defer s.leases.mu.Unlock()
	now := s.local.Now()
	for i := range h.parts {
		p := &h.parts[i]
		if p.lease = s.leases.of(p.Charge, now+s.settings.LeaseTime.Microseconds()); p.lease == nil {
			return false, nil
		}
	}
	short := false
	for _, p := range h.parts {
		least := times(max(1, h.r.Least), p.Cost)
		if p.lease.tokens >= times(h.r.Want, p.Cost) || p.lease.known(least, now) {
			continue
		}
		short = true
		if p.lease.asking == nil && p.lease.room() > 0 {
			s.fetch(st, p.lease, p.lease.room(), max(1, least-p.lease.tokens))
		}
		if p.lease.asking != nil {
			waits = append(waits, p.lease.asking)
		}
	}
	if !short {
		h.take()
	}
	return !short, waits
}

// await waits for questions that are under way.
func await(ctx context.Context, st *state, deadline time.Time, waits []<-chan struct{}) error {
	patience := time.NewTimer(time.Until(deadline))
	defer patience.Stop()
	for _, wait := range waits {
		select {
		case <-wait:
		case <-patience.C:
			return errUnanswered
		case <-ctx.Done():
			return ctx.Err()
		case <-st.over:
			return errUnanswered
		}
	}
	return nil
}

// take holds what all leases have in hand, as the reservation wants it.
func (h *hold) take() {
	h.granted = h.r.Want
	for _, p := range h.parts {
		h.granted = min(h.granted, p.lease.tokens/max(1, p.Cost))
	}
	if h.granted < max(1, h.r.Least) {
		h.granted = 0
	}
	for i := range h.parts {
		p := &h.parts[i]
		tokens := times(h.granted, p.Cost)
		p.portions = p.lease.take(tokens)
		p.lease.held += tokens
	}
}

// add adds what Redis is to be asked for. Who is refused by a lease need not ask.
func (h *hold) add(to []*charge.Reservation) []*charge.Reservation {
	if h.granted == 0 || len(h.parts) == len(h.r.Charges) {
		return to
	}
	h.rest = &charge.Reservation{Want: h.granted, Least: h.r.Least}
	for i := range h.r.Charges {
		if !leased(h.r, &h.r.Charges[i]) {
			h.rest.Charges = append(h.rest.Charges, h.r.Charges[i])
		}
	}
	return append(to, h.rest)
}
