package reshape

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Compile makes a plan, or says what cannot be done: to move, drop or add what is not there or has no place, or to give two
// members of one object the same name.
func Compile(spec Spec) (*Plan, error) {
	p := &Plan{strict: spec.Strict, counted: spec.Meters}
	used := used{drops: make(map[string]bool), moves: make(map[string]bool)}
	if err := p.rule(spec.Rules); err != nil {
		return nil, err
	}
	if err := p.compile(spec, used); err != nil {
		return nil, err
	}
	for _, drop := range spec.Drops {
		if !used.drops[drop] {
			return nil, fmt.Errorf("drop %q: it does not go through", drop)
		}
	}
	for _, move := range spec.Moves {
		if !used.moves[move.From] {
			return nil, fmt.Errorf("move %s: it does not go through", move)
		}
	}
	p.finish(p.root)
	return p, nil
}

// used are the paths of drops and moves that led to a member in any of the records.
type used struct{ drops, moves map[string]bool }

func (p *Plan) compile(spec Spec, used used) (err error) {
	if spec.Envelope == nil {
		if len(spec.Records) > 0 {
			return errors.New("records are to be found in an envelope, and there is none")
		}
		p.root, err = p.recordOf(spec, RecordsAt{Shape: spec.Shape}, used)
		return err
	}
	if len(spec.Records) == 0 {
		return errors.New("the envelope is said to hold no records")
	}
	if _, err := p.ruling(spec.Envelope, nil); err != nil {
		return fmt.Errorf("envelope: %w", err)
	}
	if err := p.count(spec.Envelope, spec); err != nil {
		return fmt.Errorf("envelope: %w", err)
	}
	p.root = build(spec.Envelope)
	for i, at := range spec.Records {
		for _, other := range spec.Records[:i] {
			if within(at.Pointer, other.Pointer) || within(other.Pointer, at.Pointer) {
				return fmt.Errorf("records at %q and at %q are not apart", other.Pointer, at.Pointer)
			}
		}
		if err := p.graft(spec, i, used); err != nil {
			return fmt.Errorf("records at %q: %w", at.Pointer, err)
		}
	}
	return nil
}

// within reports whether a path is another or leads on from there.
func within(path, other string) bool { return path == other || strings.HasPrefix(path, other+"/") }

// graft puts records in the place of a member of the envelope.
func (p *Plan) graft(spec Spec, place int, used used) error {
	at := spec.Records[place]
	names, err := splitPointer(at.Pointer)
	if err != nil {
		return err
	}
	if at.Shape == nil {
		at.Shape = spec.Shape
	}
	root, err := p.recordOf(spec, at, used)
	if err != nil {
		return err
	}
	root.place = place
	n := p.root
	for i, name := range names {
		if n.kind != object && n.kind != anything {
			return fmt.Errorf("%q is no object", join(names[:i]))
		}
		if m := n.members[name]; m != nil && m.below == nil {
			return fmt.Errorf("%q is never shown", name)
		}
		m := n.child(name)
		if m == nil {
			m = n.add(name, &node{kind: object})
		}
		if i == len(names)-1 {
			grafted := n.add(name, root)
			grafted.guards, grafted.meter = m.guards, m.meter
		}
		n = m.below
	}
	return nil
}

func (p *Plan) recordOf(spec Spec, at RecordsAt, used used) (*node, error) {
	if at.Shape == nil {
		return nil, errors.New("records have no shape")
	}
	ruling, err := p.ruling(at.Shape, slices.Concat(spec.Guards, at.Guards))
	if err != nil {
		return nil, err
	}
	if err := p.count(at.Shape, spec); err != nil {
		return nil, err
	}
	l := layout{plan: p, root: build(at.Shape), moves: make(map[*member]Move), used: used}
	l.root.record, l.root.ruling = true, ruling
	if err := l.arrange(spec); err != nil {
		return nil, err
	}
	return l.root, nil
}

// build makes the nodes of a shape.
func build(s *Shape) *node {
	n := &node{kind: s.kind, last: s.last}
	if s.kind == anything {
		n.rest = &node{kind: anything}
		n.rest.rest = n.rest
		for _, each := range []*node{n.rest, n} {
			each.hide(s.never)
			each.blank(s.blanks)
		}
	}
	for name, below := range s.members {
		m := n.add(name, build(below))
		m.guards, m.meter = below.guards, below.meter
	}
	return n
}

func (n *node) hide(never map[string]bool) {
	for name := range never {
		n.add(name, nil).fate = unknown
	}
}

func (n *node) blank(names map[string]int) {
	for name, shown := range names {
		n.add(name, &node{kind: blanked, last: shown})
	}
}

func (n *node) add(name string, below *node) *member {
	m := &member{name: name, id: -1, add: -1, owner: n, below: below}
	if below != nil {
		below.parent, below.via = n, m
	}
	if n.members == nil {
		n.members = make(map[string]*member)
	}
	n.members[name] = m
	return m
}

// child is a member that goes through, nil for another. Where all members do it gets a node of its own.
func (n *node) child(name string) *member {
	m := n.members[name]
	if m == nil && n.rest != nil {
		m = n.add(name, n.rest.again())
	}
	if m == nil || m.fate != shown {
		return nil
	}
	return m
}

// again is a copy of a node that stands for any member, for one of them.
func (n *node) again() *node {
	copied := &node{kind: anything, rest: n}
	for name, m := range n.members {
		if m.fate == unknown {
			copied.add(name, nil).fate = unknown
		} else {
			copied.add(name, &node{kind: m.below.kind, last: m.below.last})
		}
	}
	return copied
}

// finish makes the tables. A node that stands for any member can hold others of itself, and its members get no numbers.
func (p *Plan) finish(n *node) {
	if n == nil || n.table.members != nil {
		return
	}
	n.table = newTable(n.members)
	if n.rest == n {
		return
	}
	for _, m := range n.table.members {
		m.id = p.members
		p.members++
		m.arm()
		p.finish(m.below)
	}
	p.finish(n.rest)
}
