package shared

import (
	"context"
	"slices"
	"sync"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// mirror notes here what Redis granted, so that this instance knows what it let pass if it has to decide by itself. All that was
// granted together is noted at one moment.
func (s *Store) mirror(all []*question) {
	one := charge.Reservation{Want: 1, Least: 1, Force: true}
	for _, q := range all {
		if q.Granted > 0 {
			one.Charges = q.noted(one.Charges)
		}
	}
	if len(one.Charges) == 0 {
		return
	}
	_ = s.local.Reserve(context.Background(), 0, &one) // memory fails never
	for _, q := range all {
		if q.Granted > 0 {
			s.stamps.put(q.At, stamp{local: one.At, ats: q.ats})
		}
	}
}

// noted adds a question's charges to those of a reservation of one unit.
func (q *question) noted(to []charge.Charge) []charge.Charge {
	to = slices.Grow(to, len(q.Charges))
	for _, each := range q.Charges {
		cost := times(q.Granted, each.Cost)
		if i := slices.IndexFunc(to, func(c charge.Charge) bool { return c.Key == each.Key }); i >= 0 {
			to[i].Cost += cost
			continue
		}
		to = append(to, charge.Charge{Key: each.Key, Rate: each.Rate, Cost: cost})
	}
	return to
}

// stamp is what there is to know of a moment by Redis's clock: which it was by the local one, and what was charged at another.
type stamp struct {
	local int64
	ats   map[string]moment
}

// remembered is how many moments of Redis's clock are known. A refund comes soon or not at all.
const remembered = 16_384

// stamps are the last moments at which something was granted.
type stamps struct {
	mu         sync.Mutex
	young, old map[int64]stamp
}

func (s *stamps) put(at int64, known stamp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.young == nil || len(s.young) >= remembered/2 {
		s.old, s.young = s.young, make(map[int64]stamp)
	}
	s.young[at] = known
}

func (s *stamps) get(at int64) (known stamp, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok = s.young[at]; !ok {
		known, ok = s.old[at]
	}
	return known, ok
}
