package plan

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// choice is which fields a writer writes. Without one it writes all.
type choice struct {
	going     []bool    // by part: those that are sent now
	sent      []bool    // by part: those that were sent before
	fragments fragments // of which all is written, whether it was sent or not
}

// shows reports whether a field is written.
func (c *choice) shows(d delivery) bool {
	if c.fragments != 0 {
		return d.within&c.fragments != 0
	}
	return c.going[d.with]
}

// repeats reports whether a field was written before, and what there was to say of it was said.
func (w *writer) repeats(d delivery) bool {
	return w.choice != nil && w.choice.sent != nil && w.choice.sent[d.with]
}

// seeker walks through what was sent, to where a deferred fragment stands or adds something.
type seeker struct {
	writer

	fragment int
	covers   fragments // that come with it, and it itself
	sent     []bool
	path     ast.Path
	found    func(path ast.Path, home bool, write func() []byte)
}

// seek calls found for each place at which a deferred fragment stands, or that has members which are going. write is nil where it
// has none and none is asked for. The paths are copies.
func (a *InParts) seek(fragment int, c *choice, found func(path ast.Path, home bool, write func() []byte)) {
	s := &seeker{
		writer: writer{run: a.run, choice: c}, fragment: fragment, covers: a.state[fragment].covers, sent: a.sent, found: found,
	}
	s.inObject(a.run.plan.root, 0)
}

// at tells of a place.
func (s *seeker) at(homes []int, adds bool, write func() []byte) {
	home := slices.Contains(homes, s.fragment)
	if !home && !adds {
		return
	}
	var written func() []byte
	if adds || home && s.choice != nil && s.choice.fragments != 0 {
		written = write
	}
	s.found(slices.Clone(s.path), home, written)
}

// adds reports whether a field is going with its object, and not with one around it.
func (s *seeker) adds(d delivery) bool {
	return s.choice != nil && s.choice.going[d.with] && d.within&s.covers != 0
}

func (s *seeker) below(at ast.PathElement, walk func()) {
	s.path = append(s.path, at)
	walk()
	s.path = s.path[:len(s.path)-1]
}

func (s *seeker) inObject(o *object, i int) {
	if o.reach&s.covers == 0 {
		return
	}
	adds := slices.ContainsFunc(o.fields, func(f field) bool { return s.adds(f.delivery) })
	s.at(o.homes, adds, func() []byte { return s.instance(nil, o, i) })
	for n := range o.fields {
		if f := &o.fields[n]; f.edge != nil && s.sent[f.with] {
			s.below(ast.PathName(f.alias), func() { s.inEdge(f.edge, i) })
		}
	}
}

func (s *seeker) inEdge(e *edge, i int) {
	switch res := &s.edges[e.index].results[i]; {
	case res.state == nothing:
	case e.kind == one:
		s.inObject(e.child, res.from)
	case e.kind == list || e.kind == several:
		s.inList(e.child, res)
	default:
		s.inPage(e.page, res)
	}
}

func (s *seeker) inList(o *object, res *result) {
	if o.reach&s.covers == 0 {
		return
	}
	for i := res.from; i < res.to; i++ {
		s.below(ast.PathIndex(i-res.from), func() { s.inObject(o, i) })
	}
}

func (s *seeker) inPage(p *shape, res *result) {
	s.at(p.homes, s.addsTo(p.fields), func() []byte { return s.page(nil, p, res) })
	for n := range p.fields {
		f := &p.fields[n]
		switch {
		case !s.sent[f.with]:
		case f.kind == nodes:
			s.below(ast.PathName(aliasOf(f.key)), func() { s.inList(f.object, res) })
		case f.kind == ends:
			s.below(ast.PathName(aliasOf(f.key)), func() { s.inEnds(f, res) })
		}
	}
}

func (s *seeker) inEnds(of *pageField, res *result) {
	for i := res.from; i < res.to; i++ {
		s.below(ast.PathIndex(i-res.from), func() {
			s.at(of.homes, s.addsTo(of.ends), func() []byte { return s.end(nil, of.ends, res, i) })
			for n := range of.ends {
				if f := &of.ends[n]; f.kind == node && s.sent[f.with] {
					s.below(ast.PathName(aliasOf(f.key)), func() { s.inObject(f.object, i) })
				}
			}
		})
	}
}

func (s *seeker) addsTo(fields []pageField) bool {
	return slices.ContainsFunc(fields, func(f pageField) bool { return s.adds(f.delivery) })
}
