package plan

import (
	"hash/maphash"
	"math/bits"
	"math/rand/v2"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// index tells the place of a key: 0, 1, 2 and so on, in the order in which they are put. It is a hash table in which a place
// stands in the first free slot from the one on that its key's hash names. The keys of a run are numbers that are noted once and
// looked up a few times each: a map hashes them with more care. Slots are small, since they are touched in an order that the
// processor cannot foresee.
type index[K comparable] struct {
	slots []uint32 // a power of two of them, or none: the place, and one; 0 is free
	keys  []K      // by place
	hash  func(K) uint64
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
	behind := x.slots[x.slotOf(key)]
	return int(behind) - 1, behind > 0
}

// put gives the next place to a key that has none yet.
func (x *index[K]) put(key K) (place int) {
	if len(x.keys) >= len(x.slots)/2 {
		x.grow()
	}
	at := x.slotOf(key)
	x.keys = append(x.keys, key)
	x.slots[at] = uint32(len(x.keys)) //nolint:gosec // a request has fewer keys
	return len(x.keys) - 1
}

// slotOf is which slot a key's place stands in, or would. The upper bits of the hash name it: they depend on all bits of the key.
func (x *index[K]) slotOf(key K) int {
	mask := len(x.slots) - 1
	i := int(x.hash(key) >> (64 - bits.Len(uint(mask)))) //nolint:gosec // fewer than there are slots
	for x.slots[i] > 0 && x.keys[x.slots[i]-1] != key {
		i = (i + 1) & mask
	}
	return i
}

func (x *index[K]) grow() {
	x.slots = make([]uint32, max(leastSlots, 2*len(x.slots)))
	for place, key := range x.keys {
		x.slots[x.slotOf(key)] = uint32(place + 1)
	}
}

// forget forgets all keys, and keeps the room.
func (x *index[K]) forget() {
	clear(x.slots)
	clear(x.keys)
	x.keys = x.keys[:0]
}
