package reshape

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Shape says what of a JSON value goes through. An array goes through element by element, each by the same Shape. A value of a
// kind that a Shape does not take is left out: a member with its name, an element of an array, and a text as a whole is null
// then. A Shape never changes.
type Shape struct {
	kind    kind
	last    int
	members map[string]*Shape
	never   map[string]bool
	blanks  map[string]int // of anything: as Blanking has it
	guards  []guard
	meter   int // 1 + the number of the meter that counts it, 0 for none
}

type kind uint8

const (
	scalar kind = iota
	last
	blanked
	object
	anything
	formed // of nodes alone: another in a form
)

// Scalar takes texts, numbers, booleans and null, alone or in arrays. Objects are left out.
func Scalar() *Shape { return &Shape{kind: scalar} }

// Last takes scalars too, and shows the last n digits of a number that is written as a text or as an integer, always as a text.
// Where there are fewer than three times as many digits, n of them could be most of it: that is null, and so is anything else.
func Last(n int) *Shape { return &Shape{kind: last, last: n} }

// Object takes objects and null. Of an object only these members go through.
func Object(members map[string]*Shape) *Shape {
	return &Shape{kind: object, members: maps.Clone(members)}
}

// AnythingBut takes any value, without members of these names at any depth.
func AnythingBut(never map[string]bool) *Shape {
	s := &Shape{kind: anything, never: maps.Clone(never)}
	maps.DeleteFunc(s.never, func(_ string, is bool) bool { return !is })
	return s
}

// Blanking returns a copy of AnythingBut in which all digits but the last few of members with these names, at any depth, are
// written as 0, and nothing else of them is written: what reads the last few of them finds the same. Where there are fewer than
// three times as many digits as are kept, and in anything but a text or an integer, it is null, as it is of Last.
func (s *Shape) Blanking(names map[string]int) *Shape {
	copied := *s
	copied.blanks = maps.Clone(names)
	return &copied
}

// With returns a copy with one more member, at a path such as "address/geo". It takes the place of a member that is there, and
// objects on the way are made. A name that AnythingBut never shows stays hidden: that is an error.
func (s *Shape) With(path string, below *Shape) (*Shape, error) {
	names, err := split(path)
	if err != nil {
		return nil, err
	}
	return s.with(names, 0, below)
}

func (s *Shape) with(names []string, i int, below *Shape) (*Shape, error) {
	if i == len(names) {
		return below, nil
	}
	if s.kind != object && s.kind != anything {
		return nil, fmt.Errorf("%q is no object", join(names[:i]))
	}
	if s.never[names[i]] {
		return nil, fmt.Errorf("%q is never shown", join(names[:i+1]))
	}
	child, ok := s.at(names[i])
	if !ok {
		child = Object(nil)
	}
	child, err := child.with(names, i+1, below)
	if err != nil {
		return nil, err
	}
	copied := *s
	copied.members = maps.Clone(s.members)
	if copied.members == nil {
		copied.members = make(map[string]*Shape, 1)
	}
	copied.members[names[i]] = child
	return &copied, nil
}

// At returns the Shape of the member at a path, if that goes through.
func (s *Shape) At(path string) (*Shape, bool) {
	names, err := split(path)
	for _, name := range names {
		if s, _ = s.at(name); s == nil {
			return nil, false
		}
	}
	return s, err == nil
}

func (s *Shape) at(name string) (*Shape, bool) {
	if below, ok := s.members[name]; ok {
		return below, true
	}
	if s.kind != anything || s.never[name] {
		return nil, false
	}
	if n, ok := s.blanks[name]; ok {
		return &Shape{kind: blanked, last: n}, true
	}
	return s.bare(), true
}

// bare is what AnythingBut shows at places for which nothing else was said.
func (s *Shape) bare() *Shape { return &Shape{kind: anything, never: s.never, blanks: s.blanks} }

// Moved returns the Shape of what comes out where values of this Shape are moved: the one to filter what goes the other way by,
// in which members have the client's names. Its moves are Back's. What guards an object guards what moves out of it, too.
func (s *Shape) Moved(moves []Move) (*Shape, error) {
	froms := make(map[string]bool, len(moves))
	for _, move := range moves {
		if _, ok := s.At(move.From); !ok {
			return nil, fmt.Errorf("move %s: it does not go through", move)
		}
		froms[move.From] = true
	}
	moved := s.without(froms, "")
	outermost := slices.SortedStableFunc(slices.Values(moves), func(a, b Move) int {
		return strings.Count(a.To, "/") - strings.Count(b.To, "/")
	})
	for _, move := range outermost {
		below := s.guardedAt(move.From)
		var err error
		if moved, err = moved.With(move.To, below.without(froms, move.From+"/")); err != nil {
			return nil, fmt.Errorf("move %s: %w", move, err)
		}
	}
	return moved, nil
}

// without is a copy that lacks the members of these paths, as far as they are known by name.
func (s *Shape) without(paths map[string]bool, prefix string) *Shape {
	copied := *s
	copied.members = make(map[string]*Shape, len(s.members))
	for name, below := range s.members {
		path := prefix + join([]string{name})
		if !paths[path] {
			copied.members[name] = below.without(paths, path+"/")
		}
	}
	return &copied
}
