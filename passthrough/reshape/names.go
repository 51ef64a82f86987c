package reshape

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// few is how many names of one object are compared one by one.
const few = 16

// names are those of the objects that are open, to find the ones that come twice. Objects of more than a few are in a table too.
// Its entries go in the opposite order in which they came, so that a gap in it never parts an entry from its place (Knuth,
// The Art of Computer Programming, volume 3, section 6.4, on open addressing).
type names struct {
	known  []known
	text   []byte
	slots  []int32 // 1 + index of known, 0 for none; a power of two of them, twice as many as needed at least
	tabled int
	seed   maphash.Seed
}

type known struct {
	key    uint64
	hash   uint32
	at, n  uint32
	tabled bool
}

// add notes a name of the innermost object, whose names begin at first. It reports whether that has it already.
func (n *names) add(first int, name []byte) (twice bool) {
	added := known{key: keyOf(name), at: uint32(len(n.text)), n: uint32(len(name))} //nolint:gosec // records are far smaller
	if count := len(n.known) - first; count < few {
		for i := range n.known[first:] {
			if each := &n.known[first+i]; each.key == added.key && bytes.Equal(n.textOf(each), name) {
				return true
			}
		}
	} else {
		if !n.known[first].tabled {
			n.tabulate(first)
		}
		added.hash = uint32(maphash.Bytes(n.seed, name)) //nolint:gosec // half of it is enough
		if n.has(first, added.hash, name) {
			return true
		}
		added.tabled = true
	}
	n.text = append(n.text, name...)
	n.known = append(n.known, added)
	if added.tabled {
		n.insert(len(n.known) - 1)
	}
	return false
}

func (n *names) textOf(k *known) []byte { return n.text[k.at : k.at+k.n] }

// forget takes out the names of an object that ends.
func (n *names) forget(first int) {
	if first == len(n.known) {
		return
	}
	for i := len(n.known) - 1; i >= first; i-- {
		if !n.known[i].tabled {
			continue
		}
		slot := int(n.known[i].hash) & (len(n.slots) - 1)
		for n.slots[slot] != int32(i+1) { //nolint:gosec // as it was put in
			slot = (slot + 1) & (len(n.slots) - 1)
		}
		n.slots[slot] = 0
		n.tabled--
	}
	n.text = n.text[:n.known[first].at]
	n.known = n.known[:first]
}

// tabulate puts the names from first on in the table.
func (n *names) tabulate(first int) {
	for i := first; i < len(n.known); i++ {
		each := &n.known[i]
		each.hash, each.tabled = uint32(maphash.Bytes(n.seed, n.textOf(each))), true //nolint:gosec // half of it is enough
		n.insert(i)
	}
}

func (n *names) has(first int, hash uint32, name []byte) bool {
	mask := len(n.slots) - 1
	for slot := int(hash) & mask; n.slots[slot] != 0; slot = (slot + 1) & mask {
		i := int(n.slots[slot]) - 1
		if each := &n.known[i]; i >= first && each.hash == hash && bytes.Equal(n.textOf(each), name) {
			return true
		}
	}
	return false
}

func (n *names) insert(i int) {
	n.tabled++
	if 2*n.tabled > len(n.slots) {
		n.grow(i)
	}
	n.place(i)
}

func (n *names) place(i int) {
	mask := len(n.slots) - 1
	slot := int(n.known[i].hash) & mask
	for n.slots[slot] != 0 {
		slot = (slot + 1) & mask
	}
	n.slots[slot] = int32(i + 1) //nolint:gosec // there is no room for so many
}

// grow makes a larger table of the entries before i, in the order in which they came.
func (n *names) grow(i int) {
	n.slots = make([]int32, max(8*few, 2*len(n.slots)))
	for j := range i {
		if n.known[j].tabled {
			n.place(j)
		}
	}
}

// keyOf makes a number of a name that others seldom have. Equal keys do not mean equal names.
func keyOf[Name ~string | ~[]byte](name Name) uint64 {
	b := []byte(name)
	switch n := len(b); {
	case n >= 8:
		return binary.LittleEndian.Uint64(b) ^ bits.RotateLeft64(binary.LittleEndian.Uint64(b[n-8:]), 29) + uint64(n)
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<32
	case n > 0:
		return uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16 | uint64(n)<<24
	default:
		return 0
	}
}
