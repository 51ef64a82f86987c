package plan

import (
	"hash/maphash"
	"math/bits"
	"math/rand/v2"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// index tells the place of a key. It is a hash table in which a key stands in the first free slot from the one on that its hash
// names. The keys of a run are numbers that are noted once and looked up a few times each: a map hashes them with more care.
type index[K comparable] struct {
	slots []slot[K] // a power of two of them, or none
	used  int
	hash  func(K) uint64
}

// slot is free where behind is 0.
type slot[K comparable] struct {
	key    K
	behind int // the place, and one
}

// leastSlots is how many slots an index begins with.
const leastSlots = 64

// hashID multiplies by a factor that is chosen by chance, so that nobody can choose ids which get into each other's way.
func hashID() func(record.ID) uint64 {
	factor := rand.Uint64() | 1                                     //nolint:gosec // it is no secret
	return func(id record.ID) uint64 { return uint64(id) * factor } //nolint:gosec // the same bits
}

// hashPart hashes the parts of lists, which are fewer.
func hashPart() func(record.Part) uint64 {
	seed := maphash.MakeSeed()
	return func(part record.Part) uint64 { return maphash.Comparable(seed, part) }
}

// find is the place of a key.
func (x *index[K]) find(key K) (place int, ok bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	s := x.slotOf(key)
	return s.behind - 1, s.behind > 0
}

// put notes the place of a key that has none yet.
func (x *index[K]) put(key K, place int) {
	if x.used >= len(x.slots)/2 {
		x.grow()
	}
	*x.slotOf(key) = slot[K]{key, place + 1}
	x.used++
}

// slotOf is where a key stands, or would. The upper bits of the hash name the slot: they depend on all bits of the key.
func (x *index[K]) slotOf(key K) *slot[K] {
	mask := len(x.slots) - 1
	i := int(x.hash(key) >> (64 - bits.Len(uint(mask)))) //nolint:gosec // fewer than there are slots
	for x.slots[i].behind > 0 && x.slots[i].key != key {
		i = (i + 1) & mask
	}
	return &x.slots[i]
}

func (x *index[K]) grow() {
	old := x.slots
	x.slots = make([]slot[K], max(leastSlots, 2*len(old)))
	for _, each := range old {
		if each.behind > 0 {
			*x.slotOf(each.key) = each
		}
	}
}

// forget forgets all keys, and keeps the room.
func (x *index[K]) forget() {
	clear(x.slots)
	x.used = 0
}
