package purge

// memory is which tags were purged last, and up to where everything was. It does not change but for the slots of its tables:
// another takes its place.
type memory struct {
	young, old *table
	// floor is what holds for whatever carries a tag that is not known any more, and so for everything.
	floor mark
	// settled is up to where the shared order has all purges of this process, whatever a mark says: it has one of all instead of
	// them.
	settled uint64
}

func newMemory(mix mixer, floor mark) *memory {
	return &memory{young: newTable(mix, smallest), old: newTable(mix, smallest), floor: floor}
}

// find is nil where a tag is not known.
func (m *memory) find(tag Tag) *slot {
	if s := m.young.find(known(tag)); s != nil {
		return s
	}
	return m.old.find(known(tag))
}

// purged notes a purge of a tag, and forgets others where there are more than most in one table.
func (m *memory) purged(tag Tag, at mark, most int) *memory {
	id := known(tag)
	s := m.young.find(id)
	if s != nil {
		s.set(s.mark().with(at))
		return m
	}
	if s = m.old.find(id); s != nil {
		at = at.with(s.mark())
	}
	next := m.roomier(most)
	next.young.add(id, at)
	return next
}

// roomier has room for another tag. Where the young table may not grow any more, the old one is forgotten.
func (m *memory) roomier(most int) *memory {
	switch {
	case m.young.used.Load() >= int64(most):
		return &memory{newTable(m.young.mix, smallest), m.young, m.floor.with(m.old.newest()), m.settled}
	case m.young.full():
		return &memory{m.young.larger(), m.old, m.floor, m.settled}
	default:
		return m
	}
}

// emptied is a memory that knows of no tag, since everything was purged.
func (m *memory) emptied(at mark) *memory {
	at = at.with(m.floor)
	for _, each := range []*table{m.young, m.old} {
		at = at.with(each.newest())
	}
	next := newMemory(m.young.mix, at)
	next.settled = m.settled
	return next
}

// raised has a floor of its own.
func (m *memory) raised(floor mark) *memory { return &memory{m.young, m.old, floor, m.settled} }

// passes reports whether the shared order has all purges that a mark is of, and none of them after a position.
func (m *memory) passes(at mark, since Position) bool {
	return at.waits <= m.settled && since.Shared >= at.shared
}

// tags is how many are remembered, of which some may be counted twice.
func (m *memory) tags() int64 { return m.young.used.Load() + m.old.used.Load() }
