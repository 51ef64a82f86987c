package reshape

import (
	"fmt"
	"maps"
	"slices"
)

// apart refuses what would give two members of an object the same name. Where any member goes through, one that comes under a
// name that another gets is unknown.
func (l *layout) apart(n *node) error {
	taken := make(map[string]*member)
	for _, name := range slices.Sorted(maps.Keys(n.members)) {
		m := n.members[name]
		if m.below == nil {
			continue
		}
		if err := l.apart(m.below); err != nil {
			return err
		}
		if m.fate != shown || !l.stays(m) {
			continue
		}
		as := l.nameOf(m)
		if taken[as] != nil {
			return fmt.Errorf("two members would be called %q", l.final(m))
		}
		taken[as] = m
	}
	for as, m := range taken {
		if err := n.reserve(as); m.as != nil && err != nil {
			return err
		}
	}
	for _, p := range n.puts {
		if err := l.seat(n, p, taken); err != nil {
			return err
		}
	}
	return nil
}

// seat looks whether there is room for what is put in an object.
func (l *layout) seat(n *node, p put, taken map[string]*member) error {
	if p.over != nil {
		return nil
	}
	if there := taken[p.as]; there != nil {
		if p.move != nil || p.into != nil {
			return fmt.Errorf("two members would be called %q", l.final(there))
		}
		there.add = p.add
		return nil
	}
	if p.into != nil {
		if err := l.apart(p.into); err != nil {
			return err
		}
	}
	if n.rest != nil && n.members[p.as] == nil && p.move == nil && p.into == nil {
		n.child(p.as).add = p.add
		return nil
	}
	return n.reserve(p.as)
}

// reserve keeps a name for what is called so in the end.
func (n *node) reserve(as string) error {
	switch m := n.members[as]; {
	case n.rest == nil:
		return nil
	case m == nil:
		n.add(as, nil).fate = unknown
		return nil
	case m.fate == unknown:
		return fmt.Errorf("%q is never shown", as)
	default:
		return nil
	}
}
