package reshape

import (
	"maps"
	"math/bits"
	"slices"
)

// node is a Shape at its place in a Spec, with what happens there.
type node struct {
	kind    kind
	last    int
	form    Form               // of a kind that is formed: how
	of      *node              // and what
	record  bool               // records begin here
	place   int                // of a kind of record: which of the Spec's
	ruling  *ruling            // what the rules say about these, nil where none does
	members map[string]*member // while compiling
	table   table              // of the same, when done
	rest    *node              // what members that are not in the table go by: nil where they do not go through
	puts    []put              // at the end of each object, in this order
	scope   []*relocation      // the moves that begin and end within each object
	parent  *node
	via     *member // of parent, nil at the root of a record, and where only puts lead
}

// member is a name at a node, and what happens to it.
type member struct {
	name  string
	id    int // -1 where objects can hold others of the same node: then id is of no use to tell whether it came already
	fate  fate
	owner *node
	below *node       // nil where it never goes through
	as    []byte      // "name": in the client's words, nil for as it is written
	move  *relocation // where it goes, nil if it stays
	add   int         // the value that it is replaced with, -1 for none
	empty bool        // it is an object of which all members move away, and goes with them

	guards []guard
	meter  int // as a Shape has it
}

type fate uint8

const (
	shown   fate = iota
	dropped      // the spec says so
	unknown      // it never goes through, or another takes its name
)

// relocation is a move to another object.
type relocation struct {
	id   int
	path []byte // from the object within which it moves to the member, as the end of a pointer
}

// put is what goes to the end of an object: a value, or an object that is made for those that go below it.
type put struct {
	as   string
	name []byte // the same as it is written: "name":
	move *relocation
	add  int
	into *node
	over *member // that into belongs to, if the service may send it itself
}

// takes reports whether a value that begins with c can go through. What begins no value is found out later.
func (n *node) takes(c byte) bool {
	switch n.kind {
	case scalar, last, blanked:
		return c != '{'
	case object:
		return c == '{' || c == '[' || c == 'n'
	case formed:
		return n.of.takes(c)
	default:
		return true
	}
}

// table finds members by their names.
type table struct {
	members []*member // in the order of their buckets
	starts  []uint16
	shift   uint8
}

func newTable(members map[string]*member) table {
	if len(members) == 0 {
		return table{}
	}
	width := bits.Len(uint(2 * len(members)))
	t := table{starts: make([]uint16, 1<<width+1), shift: uint8(64 - width)} //nolint:gosec // a width is at most 64
	t.members = slices.SortedFunc(maps.Values(members), func(a, b *member) int {
		return int(t.bucket(keyOf(a.name))) - int(t.bucket(keyOf(b.name))) //nolint:gosec // there are few buckets
	})
	for _, m := range t.members {
		t.starts[t.bucket(keyOf(m.name))+1]++
	}
	for i := range len(t.starts) - 1 {
		t.starts[i+1] += t.starts[i]
	}
	return t
}

// bucket is Fibonacci hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4).
func (t *table) bucket(key uint64) uint64 { return key * 0x9e3779b97f4a7c15 >> t.shift }

func (t *table) find(name []byte) *member {
	if len(t.members) == 0 {
		return nil
	}
	bucket := t.bucket(keyOf(name))
	for _, m := range t.members[t.starts[bucket]:t.starts[bucket+1]] {
		if m.name == string(name) {
			return m
		}
	}
	return nil
}
