package reshape

import (
	"errors"
	"fmt"
	"slices"
)

// ruling is the rules that matter in one kind of record.
type ruling struct {
	guards []int // of the whole record
	rules  []int // these, and then those of its members, each once
	owners *place
}

// place is where owners are looked for: an object, or what is in it.
type place struct {
	name  string
	owner int   // the one that stands here, -1 for none
	all   []int // those that stand here or below
	below []*place
}

// rule numbers the owners: rules of the same path share one.
func (p *Plan) rule(rules []Rule) error {
	known := make(map[string]int)
	for i, rule := range rules {
		if rule.Owner == "" {
			p.owners = append(p.owners, -1)
			continue
		}
		names, err := split(rule.Owner)
		if err != nil {
			return fmt.Errorf("rule %d: %w", i, err)
		}
		path := join(names)
		if _, ok := known[path]; !ok {
			known[path] = len(p.paths)
			p.paths = append(p.paths, names)
		}
		p.owners = append(p.owners, known[path])
	}
	return nil
}

// ruling gathers what matters in the records of a Shape, nil for nothing.
func (p *Plan) ruling(shape *Shape, guards []int) (*ruling, error) {
	if len(shape.guards) > 0 {
		return nil, errors.New("the shape of a record or an envelope is guarded, and only members can be")
	}
	u := &ruling{owners: &place{owner: -1}}
	for _, rule := range guards {
		if err := p.need(u, guard{rule: rule}); err != nil {
			return nil, err
		}
	}
	u.guards = slices.Clone(u.rules) // each once
	if err := shape.eachGuard(func(g guard) error { return p.need(u, g) }); err != nil {
		return nil, err
	}
	if len(u.rules) == 0 {
		return nil, nil
	}
	slices.Sort(u.rules[len(u.guards):]) // a Shape has its members in no order
	return u, nil
}

// need adds a guard's rule.
func (p *Plan) need(u *ruling, g guard) error {
	if g.rule < 0 || g.rule >= len(p.owners) {
		return fmt.Errorf("there is no rule %d", g.rule)
	}
	if g.form > Pseudonym {
		return fmt.Errorf("rule %d refuses in an unknown form", g.rule)
	}
	if slices.Contains(u.rules, g.rule) {
		return nil
	}
	u.rules = append(u.rules, g.rule)
	if at := p.owners[g.rule]; at >= 0 {
		u.owners.add(p.paths[at], at)
	}
	return nil
}

// add notes that an owner stands at the end of a path.
func (s *place) add(names []string, owner int) {
	if !slices.Contains(s.all, owner) {
		s.all = append(s.all, owner)
	}
	if len(names) == 0 {
		s.owner = owner
		return
	}
	i := slices.IndexFunc(s.below, func(below *place) bool { return below.name == names[0] })
	if i < 0 {
		i = len(s.below)
		s.below = append(s.below, &place{name: names[0], owner: -1})
	}
	s.below[i].add(names[1:], owner)
}

// find is the place of a member, nil where no owner is looked for in it.
func (s *place) find(name []byte) *place {
	for _, below := range s.below {
		if below.name == string(name) {
			return below
		}
	}
	return nil
}
