package purge

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"
	"sync/atomic"
)

// mark says when something was purged last.
type mark struct {
	local  uint64 // Position.Local
	shared uint64 // Position.Shared, 0 where the shared order does not say so yet
	waits  uint64 // Position.Local of a purge that the shared order does not have yet, 0 if it has all of them
}

// slot holds the mark of one tag. That of tag 0 is free.
type slot struct{ tag, local, shared, waits atomic.Uint64 }

// table finds slots by their tags. One goroutine at a time writes, and never takes a slot out; any number reads meanwhile,
// without a lock.
type table struct {
	mix   mixer
	size  uint         // as a power of two
	last  uint64       // slot
	slots []slot       // of which at least half are free
	used  atomic.Int64 // which metrics read, too
}

// smallest is the size of a new table, 64 slots.
const smallest = 6

func newTable(mix mixer, size uint) *table {
	return &table{mix: mix, size: size, last: 1<<size - 1, slots: make([]slot, 1<<size)}
}

// mixer places tags. It is random, since strangers can choose names whose hashes begin alike: a write to a path purges it.
type mixer struct{ add, multiply uint64 }

func newMixer() mixer {
	var seed [16]byte
	_, _ = rand.Read(seed[:]) // it never fails
	return mixer{binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:]) | 1}
}

func (m mixer) place(tag uint64) uint64 {
	high, low := bits.Mul64(tag^m.add, m.multiply)
	return high ^ low
}

// known is the tag as a table has it: 0 shares a slot with 1, and is purged with it.
func known(tag Tag) uint64 { return max(uint64(tag), 1) }

// find is nil where a tag is not known.
func (t *table) find(tag uint64) *slot {
	for i := t.mix.place(tag); ; i++ {
		s := &t.slots[i&t.last]
		switch s.tag.Load() {
		case tag:
			return s
		case 0:
			return nil
		}
	}
}

// add takes a free slot for a tag that is not known. The tag is written last: who finds it finds its mark.
func (t *table) add(tag uint64, m mark) {
	i := t.mix.place(tag)
	for t.slots[i&t.last].tag.Load() != 0 {
		i++
	}
	s := &t.slots[i&t.last]
	s.set(m)
	s.tag.Store(tag)
	t.used.Add(1)
}

// full reports whether another tag needs a larger table.
func (t *table) full() bool { return 2*t.used.Load() >= int64(len(t.slots)) }

// larger is a copy of twice the size.
func (t *table) larger() *table {
	larger := newTable(t.mix, t.size+1)
	for i := range t.slots {
		if s := &t.slots[i]; s.tag.Load() != 0 {
			larger.add(s.tag.Load(), s.mark())
		}
	}
	return larger
}

// newest is what all marks of the table come to.
func (t *table) newest() (m mark) {
	for i := range t.slots {
		m = m.with(t.slots[i].mark())
	}
	return m
}

// mark reads what waits first, and set writes it last: whoever sees that nothing waits sees where it came.
func (s *slot) mark() (m mark) {
	m.waits, m.shared, m.local = s.waits.Load(), s.shared.Load(), s.local.Load()
	return m
}

func (s *slot) set(m mark) {
	s.local.Store(m.local)
	s.shared.Store(m.shared)
	s.waits.Store(m.waits)
}

// with is the later of both in each respect.
func (m mark) with(other mark) mark {
	return mark{max(m.local, other.local), max(m.shared, other.shared), max(m.waits, other.waits)}
}
