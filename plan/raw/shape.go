package raw

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// shape is in what order the members of the objects of one kind usually come. A service writes all its records alike: where an
// object has the usual bytes between its values, its names need not be looked up, nor compared with each other. A shape is never
// changed; what is learned makes another one.
type shape struct {
	steps   []step // no two of one name; the brace stands in the text of the first, and in no other
	changes int    // that led to it
}

const (
	maxSteps   = 64  // that a shape has
	maxText    = 64  // bytes of a step
	maxChanges = 256 // of a shape, after which nothing is learned: a service of many ways to write would cost more than it spares
)

// step is a member that comes next.
type step struct {
	text   []byte // from the end of the value before it, or from the object's brace, to its own value
	member int    // its place in object.fields, or undeclared
	// The text's first eight bytes and, from back on, its last; of a shorter text, mask covers both.
	first, last, mask uint64
	back              int
}

const word = 8 // bytes

func newStep(member int, text []byte) step {
	made := step{text: bytes.Clone(text), member: member, mask: ^uint64(0), back: len(text) - word}
	if made.back < 0 {
		made.mask >>= -made.back * 8
		made.back = 0
	}
	padded := append(bytes.Clone(text), make([]byte, word)...)
	made.first = binary.LittleEndian.Uint64(padded) & made.mask
	made.last = binary.LittleEndian.Uint64(padded[made.back:]) & made.mask
	return made
}

// isAt reports whether the member begins at a place of a record. It compares words, and calls for a comparison of bytes only
// where the text is longer than two.
func (s *step) isAt(raw []byte, pos int) bool {
	last := pos + s.back
	if last+word > len(raw) {
		return bytes.HasPrefix(raw[pos:], s.text) // near the record's end
	}
	first, behind := binary.LittleEndian.Uint64(raw[pos:])^s.first, binary.LittleEndian.Uint64(raw[last:])^s.last
	if (first|behind)&s.mask != 0 {
		return false
	}
	return s.back <= word || bytes.Equal(raw[pos+word:last], s.text[word:s.back])
}

// name is the member's name.
func (s *step) name() []byte {
	return s.text[bytes.IndexByte(s.text, '"')+1 : bytes.LastIndexByte(s.text, '"')]
}

// find is where a shape has the member of a step, -1 where it has not.
func (s *shape) find(as *step) int {
	return slices.IndexFunc(s.steps, func(each step) bool {
		return each.member == as.member && (as.member != undeclared || bytes.Equal(each.name(), as.name()))
	})
}

// with makes a shape that has a step: in the place of the one at a place or, where that is -1, before the next one. An object's
// brace stands before the first member and before no other. Names that are not declared are kept only if they are words: any
// other may be something of somebody's.
func (s *shape) with(at, next int, made step) (_ *shape, ok bool) {
	isNew, isFirst := at < 0, made.text[0] == '{'
	if isNew {
		at = next
	}
	switch {
	case s.changes >= maxChanges, len(made.text) > maxText, made.member == undeclared && !isWord(made.name()):
		return nil, false
	case isFirst != (at == 0), isNew && (isFirst && len(s.steps) > 0 || len(s.steps) >= maxSteps):
		return nil, false
	case at > len(s.steps): // no first member could be learned yet
		return nil, false
	}
	steps := slices.Clone(s.steps)
	if isNew {
		steps = slices.Insert(steps, at, step{})
	}
	steps[at] = newStep(made.member, made.text)
	return &shape{steps: steps, changes: s.changes + 1}, true
}
