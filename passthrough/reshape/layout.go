package reshape

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// layout arranges one kind of record.
type layout struct {
	plan  *Plan
	root  *node
	moves map[*member]Move // by what moves; To is written as join does
	order []*member        // of the moves
	puts  []landing
	used  used
}

// landing is a path that something is put at.
type landing struct {
	path string
	from *member // nil for an add
	add  int
}

func (l *layout) arrange(spec Spec) error {
	if err := l.drop(spec.Drops); err != nil {
		return err
	}
	if err := l.find(spec.Moves); err != nil {
		return err
	}
	if err := l.land(spec.Adds); err != nil {
		return err
	}
	for _, each := range l.puts {
		if err := l.place(each); err != nil {
			return err
		}
	}
	if spec.Unmake {
		l.unmake(l.root)
	}
	return l.apart(l.root)
}

// unmake finds the objects of which all members move away, and reports whether n is one.
func (l *layout) unmake(n *node) bool {
	moves, stays := false, len(n.puts) > 0 || n.rest != nil
	for _, m := range n.members {
		if m.below == nil || m.fate != shown {
			continue
		}
		m.empty = l.unmake(m.below) && l.stays(m)
		if m.empty || !l.stays(m) {
			moves = true
		} else {
			stays = true
		}
	}
	return moves && !stays
}

func (l *layout) drop(paths []string) error {
	var found []*member
	for _, path := range paths {
		m, err := l.locate(path)
		if err != nil {
			return fmt.Errorf("drop: %w", err)
		}
		if m != nil {
			l.used.drops[path] = true
			found = append(found, m)
		}
	}
	for _, m := range found {
		m.fate = dropped
	}
	return nil
}

// locate is the member at a path, nil where none goes through.
func (l *layout) locate(path string) (*member, error) {
	names, err := split(path)
	if err != nil {
		return nil, err
	}
	n, m := l.root, (*member)(nil)
	for _, name := range names {
		if m = n.child(name); m == nil {
			return nil, nil
		}
		n = m.below
	}
	return m, nil
}

func (l *layout) find(moves []Move) error {
	for _, move := range moves {
		names, err := split(move.To)
		if err != nil {
			return fmt.Errorf("move %s: %w", move, err)
		}
		m, err := l.locate(move.From)
		if err != nil {
			return fmt.Errorf("move %s: %w", move, err)
		}
		if m == nil {
			continue
		}
		if other, ok := l.moves[m]; ok {
			return fmt.Errorf("move %s: it moves to %s already", move, other.To)
		}
		l.used.moves[move.From] = true
		l.moves[m] = Move{From: move.From, To: join(names)}
		l.order = append(l.order, m)
	}
	return nil
}

// final is the path of a member in the client's names.
func (l *layout) final(m *member) string {
	if move, ok := l.moves[m]; ok {
		return move.To
	}
	return below(l.finalOf(m.owner), m.name)
}

func (l *layout) finalOf(n *node) string {
	if n.via == nil {
		return ""
	}
	return l.final(n.via)
}

func below(path, name string) string {
	return strings.TrimPrefix(path+string(appendPointer(nil, name)), "/")
}

// stays reports whether a member remains in its object.
func (l *layout) stays(m *member) bool {
	move, ok := l.moves[m]
	if !ok {
		return true
	}
	parent, _ := cutLast(move.To)
	return parent == l.finalOf(m.owner)
}

// cutLast cuts the last name off a path.
func cutLast(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '/')
	name, _ = undo(path[i+1:])
	return path[:max(i, 0)], name
}

// land gathers what is put at the ends of objects, and refuses what would meet.
func (l *layout) land(adds []string) error {
	for _, m := range l.order {
		if !l.stays(m) {
			l.puts = append(l.puts, landing{path: l.moves[m].To, from: m, add: -1})
			m.move = &relocation{id: l.plan.moves}
			l.plan.moves++
			continue
		}
		_, name := cutLast(l.moves[m].To)
		m.as = quote(name)
	}
	for i, path := range adds {
		names, err := split(path)
		if err != nil {
			return fmt.Errorf("add: %w", err)
		}
		l.puts = append(l.puts, landing{path: join(names), add: i})
	}
	for i, a := range l.puts {
		for _, b := range l.puts[:i] {
			if within(a.path, b.path) || within(b.path, a.path) {
				return fmt.Errorf("%q and %q cannot both be put there", b.path, a.path)
			}
		}
	}
	return nil
}

// quote is a member's name and what follows it.
func quote(name string) []byte {
	quoted, _ := jsontext.AppendQuote(nil, name) // split takes only UTF-8
	return append(quoted, ':')
}

// place puts something at the end of the object that it belongs to. A move begins in the innermost object that holds both its
// ends: around that, nothing is made for it.
func (l *layout) place(each landing) error {
	around := make(map[*node]bool)
	if each.from != nil {
		for n := each.from.owner; n != nil; n = n.parent {
			around[n] = true
		}
	}
	parent, name := cutLast(each.path)
	n, scope := l.root, l.root
	for _, step := range namesOf(parent) {
		next, err := l.step(n, step, around)
		if err != nil {
			return fmt.Errorf("%q: %w", each.path, err)
		}
		if n = next; around[n] {
			scope = n
		}
	}
	if !n.holds() {
		return fmt.Errorf("%q would not be in an object", each.path)
	}
	put := put{as: name, name: quote(name), add: each.add}
	if each.from != nil {
		put.move = each.from.move
		put.move.path = pathFrom(scope, each.from)
		scope.scope = append(scope.scope, put.move)
	}
	n.puts = append(n.puts, put)
	return nil
}

// pathFrom is the pointer that leads from an object to a member in it.
func pathFrom(n *node, m *member) []byte {
	names := []string{m.name}
	for at := m.owner; at != n; at = at.parent {
		names = append(names, at.via.name)
	}
	slices.Reverse(names)
	return appendPointer(nil, names...)
}

func (n *node) holds() bool { return n.kind == object || n.kind == anything }

// step finds or makes the object that a name of the client leads to. Where it is not one of those around, it is made in each
// record that lacks it.
func (l *layout) step(n *node, name string, around map[*node]bool) (*node, error) {
	if !n.holds() {
		return nil, errors.New("it would not be in an object")
	}
	m := l.shownAs(n, name)
	if m == nil && n.members[name] == nil {
		m = n.child(name)
	}
	if m != nil && !m.below.holds() {
		return nil, fmt.Errorf("%q is no object", name)
	}
	if m != nil && around[m.below] {
		return m.below, nil
	}
	for _, p := range n.puts {
		if p.into != nil && p.as == name {
			return p.into, nil
		}
	}
	made := put{as: name, name: quote(name), add: -1, over: m, into: n.makes(m)}
	n.puts = append(n.puts, made)
	return made.into, nil
}

// makes is the node of an object that is made at n, in the place of m if that is missing.
func (n *node) makes(m *member) *node {
	if m != nil {
		return m.below
	}
	made := &node{kind: object}
	if n.rest != nil {
		made = n.rest.again()
	}
	made.parent = n
	return made
}

// shownAs is the member that stays in its object and goes out under a name.
func (l *layout) shownAs(n *node, name string) *member {
	for _, m := range n.members {
		if m.fate == shown && l.stays(m) && l.nameOf(m) == name {
			return m
		}
	}
	return nil
}

// nameOf is what a member is called in the end.
func (l *layout) nameOf(m *member) string {
	if move, ok := l.moves[m]; ok {
		_, name := cutLast(move.To)
		return name
	}
	return m.name
}
