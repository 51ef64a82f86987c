package memory

import (
	"slices"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/window"
)

// few is how many charges a reservation has at most whose decision allocates nothing.
const few = 16

// scratch is the room for a decision, on the stack.
type scratch struct {
	places, order [few]uint64
	entries       [few]*entry
	counters      [few]*window.Counter
}

func (s *Store) reserve(r *charge.Reservation) {
	var room scratch
	many := len(r.Charges)
	d := decision{
		Reservation: r,
		places:      sized(room.places[:], many),
		entries:     sized(room.entries[:], many),
		counters:    sized(room.counters[:], many),
	}
	for i := range r.Charges {
		d.places[i] = s.place(r.Charges[i].Key)
	}
	order := sized(room.order[:], many)
	copy(order, d.places)
	slices.Sort(order)
	order = slices.Compact(order)

	s.lock(order)
	defer s.unlock(order)
	// The clock is read under the locks, so that a counter sees it go forward only.
	d.decide(s.shards, s.Now())
}

// sized is a slice of so many elements: of the room, if they fit.
func sized[T any](room []T, many int) []T {
	if many <= len(room) {
		return room[:many]
	}
	return make([]T, many)
}

// lock locks shards in the order in which everybody does.
func (s *Store) lock(order []uint64) {
	for _, place := range order {
		s.shards[place].mu.Lock()
	}
}

func (s *Store) unlock(order []uint64) {
	for _, place := range order {
		s.shards[place].mu.Unlock()
	}
}

// decision is what is known while a reservation is decided. The slices go by its charges. What is not known is nil.
type decision struct {
	*charge.Reservation
	places   []uint64
	entries  []*entry
	counters []*window.Counter
}

// decide has the locks of the reservation's shards.
func (d *decision) decide(shards []shard, now int64) {
	for i, place := range d.places {
		if e := shards[place].byKey[d.Charges[i].Key]; e != nil {
			d.entries[i], d.counters[i] = e, &e.counter
		}
	}
	granted := window.Decide(now, d.Reservation, d.counters)
	if granted > 0 {
		d.remember(shards, now)
	}
	window.Take(now, d.Reservation, d.counters, granted)
	for i, e := range d.entries {
		if e != nil {
			shards[d.places[i]].note(e)
		}
	}
}

// remember makes the counters that there are none of. Only what is granted has any, so that nobody fills the store by asking.
func (d *decision) remember(shards []shard, now int64) {
	for i := range d.Charges {
		each := &d.Charges[i]
		if d.entries[i] == nil {
			d.entries[i] = shards[d.places[i]].add(each.Key, now, d.entries)
			d.counters[i] = &d.entries[i].counter
		}
		d.entries[i].limit, d.entries[i].period = each.Rate.Limit, each.Rate.Period
	}
}
