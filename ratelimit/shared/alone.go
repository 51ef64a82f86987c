package shared

import (
	"context"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// alone decides about reservations without Redis. It holds the gate, so that none is decided so while Redis is being told the
// last of what was. It is false, and nothing is decided, where they can be shared again and nobody has tried.
func (s *Store) alone(tried bool, reservations []*charge.Reservation) bool {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if !tried && s.health.Load().well {
		return false
	}
	well := s.health.Load().well
	for _, r := range reservations {
		if well && !r.Force {
			s.hurry(r)
		} else {
			s.decide(r)
		}
		s.metrics.decision(r.By)
		if r.By == charge.ByLocal && !well {
			s.exhausted.Note(r)
		}
	}
	return true
}

// decide goes by what the charges say for the case. One that is closed closes all, and those that are open follow the others.
func (s *Store) decide(r *charge.Reservation) {
	kinds := kindsOf(r)
	switch {
	case r.Force:
		s.force(r, r.Want, charge.ByLocal)
	case kinds[charge.Closed] > 0:
		s.refuse(r)
	case kinds[charge.Local] > 0:
		s.share(r)
	default:
		s.force(r, r.Want, charge.ByOpen)
	}
}

// hurry grants this instance's part of all limits: Redis is well, and its caller has waited for as long as one may. What the
// charges say is for a Redis that is gone, and must not be had by asking until no time is left.
func (s *Store) hurry(r *charge.Reservation) {
	said := make([]charge.Failing, len(r.Charges))
	for i := range r.Charges {
		said[i], r.Charges[i].Failing = r.Charges[i].Failing, charge.Local
	}
	s.share(r)
	for i := range r.Charges {
		r.Charges[i].Failing = said[i]
	}
}

// kindsOf counts the charges of each kind.
func kindsOf(r *charge.Reservation) (kinds [charge.Closed + 1]int) {
	for i := range r.Charges {
		kinds[min(max(r.Charges[i].Failing, charge.Local), charge.Closed)]++
	}
	return kinds
}

// refuse grants nothing. Who was refused may ask again when Redis has been looked at.
func (s *Store) refuse(r *charge.Reservation) {
	r.Granted, r.At, r.By = 0, 0, charge.ByClosed
	for i := range r.Charges {
		r.Charges[i].Remaining, r.Charges[i].Wait = 0, s.settings.Probe
	}
}

// force counts here what passes whatever the counters say.
func (s *Store) force(r *charge.Reservation, units int64, by charge.Decider) {
	forced := *r
	forced.Charges = append([]charge.Charge(nil), r.Charges...)
	forced.Want, forced.Force = units, true
	_ = s.local.Reserve(context.Background(), 0, &forced) // memory fails never
	s.owed.add(&forced)
	r.Granted, r.At, r.By = forced.Granted, forced.At, by
	for i := range r.Charges {
		r.Charges[i].Remaining, r.Charges[i].Wait = forced.Charges[i].Remaining, forced.Charges[i].Wait
		if by == charge.ByOpen {
			r.Charges[i].Wait = 0
		}
	}
}

// share grants this instance's part of the limits. The charges that are open are counted with what the others grant.
func (s *Store) share(r *charge.Reservation) {
	part, open := split(r)
	for i := range part.Charges {
		part.Charges[i].Rate.Limit = max(1, part.Charges[i].Rate.Limit/s.known.Load())
	}
	_ = s.local.Reserve(context.Background(), 0, part) // memory fails never
	if len(open.Charges) > 0 {
		s.force(open, part.Granted, charge.ByOpen)
	}
	r.Granted, r.At, r.By = part.Granted, part.At, charge.ByLocal
	merge(r, part, open)
	whole := *r
	whole.Charges = nil
	for i := range r.Charges {
		if r.Charges[i].Failing != charge.Open { // those have been noted
			whole.Charges = append(whole.Charges, r.Charges[i])
		}
	}
	s.owed.add(&whole)
}

// split parts the charges that are open from those that are not.
func split(r *charge.Reservation) (part, open *charge.Reservation) {
	part, open = &charge.Reservation{Want: r.Want, Least: r.Least}, &charge.Reservation{Least: r.Least}
	for _, each := range r.Charges {
		to := part
		if each.Failing == charge.Open {
			to = open
		}
		to.Charges = append(to.Charges, each)
	}
	return part, open
}

// merge reads what came of the parts back into the whole.
func merge(r, part, open *charge.Reservation) {
	parts, opens := part.Charges, open.Charges
	for i := range r.Charges {
		each := &r.Charges[i]
		from := &parts
		if each.Failing == charge.Open {
			from = &opens
		}
		each.Remaining, each.Wait = (*from)[0].Remaining, (*from)[0].Wait
		*from = (*from)[1:]
	}
}
