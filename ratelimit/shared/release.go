package shared

import (
	"maps"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// release ends holds: what was granted is used, and the rest goes back into hand. Nothing was granted where Redis did not answer.
func (s *Store) release(st *state, holds []*hold, answered bool) {
	for _, h := range holds {
		granted := int64(0)
		if answered {
			granted = h.granted
			if h.rest != nil {
				granted = h.rest.Granted
			}
		}
		s.use(st, h, granted)
		if answered {
			h.tell(granted)
			s.stampParts(h)
		}
	}
}

// use ends a hold: so many units of it pass.
func (s *Store) use(st *state, h *hold, granted int64) {
	s.leases.mu.Lock()
	defer s.leases.mu.Unlock()
	now := s.local.Now()
	for i := range h.parts {
		p := &h.parts[i]
		p.lease.held -= times(h.granted, p.Cost)
		used := &lease{portions: p.portions, tokens: times(h.granted, p.Cost)}
		p.portions = used.take(times(granted, p.Cost))
		if p.lease.dead {
			s.giveUp(p.lease, used.portions)
		} else {
			p.lease.putBack(used.portions)
		}
		p.lease.tell(p.Charge, times(max(1, h.r.Least), p.Cost), now)
		if !p.lease.dead && p.lease.low(now) { // more is asked for before it is needed
			s.fetch(st, p.lease, p.lease.room(), 1)
		}
	}
}

// tell says in the reservation what came of it.
func (h *hold) tell(granted int64) {
	h.r.Granted, h.r.At, h.r.By = granted, 0, charge.ByStore
	if granted > 0 {
		h.r.At = h.parts[0].portions[0].redis
	}
	var rest []charge.Charge
	if h.rest != nil {
		rest = h.rest.Charges
		h.r.At = h.rest.At
	}
	for i := range h.r.Charges {
		each := &h.r.Charges[i]
		if leased(h.r, each) {
			continue
		}
		each.Remaining, each.Wait = each.Rate.Limit, 0 // nothing is known of it
		if len(rest) > 0 {
			each.Remaining, each.Wait = rest[0].Remaining, rest[0].Wait
			rest = rest[1:]
		}
	}
}

// stampParts remembers when what is used of each lease was taken, where that is not all one moment.
func (s *Store) stampParts(h *hold) {
	if h.r.Granted == 0 || h.rest == nil && len(h.parts) == 1 {
		return
	}
	known, _ := s.stamps.get(h.r.At)
	known.ats = maps.Clone(known.ats)
	if known.ats == nil {
		known.ats = make(map[string]moment, len(h.parts))
	}
	for _, p := range h.parts {
		known.ats[p.Key] = p.portions[0].moment
	}
	s.stamps.put(h.r.At, known)
}
