package plan

import (
	"cmp"
	"slices"
)

// Explain tells what a plan does, for callers of whom every rule asks whose the records are. For others, what only finds that
// out is not fetched, and what it would have brought is fetched where it is needed.
//
// How many different keys there are is not known before there are records, so each record counts as if it had its own. What is
// fetched is never more than is told; it may come earlier, and what an operation asks of services varies with its records.
func (p *Plan) Explain(sizes Sizes) Explanation {
	w := newWalk(p, newFigures(sizes))
	w.from(p.root)
	return w.told()
}

// walk goes through a plan as a run does (fetch.go), without records.
type walk struct {
	*figures
	plan  *Plan
	alone bool // whether the root's fields run one after the other, each in a walk of its own

	level   int
	later   [][]func() // by level, what can go on when it has come
	known   map[question]*stock
	fetches [][]*fetch // by level, the first of which has none
	asks    []ask
}

func newWalk(p *Plan, f *figures) *walk {
	return &walk{figures: f, plan: p, known: make(map[question]*stock)}
}

// from walks from the root to all ends.
func (w *walk) from(root *object) {
	w.open(root, &stock{most: w.constant(1)}, nil, new(arrival))
	for ; w.level < len(w.later); w.level++ {
		for len(w.later[w.level]) > 0 { // each may add more to its level
			next := w.later[w.level][0]
			w.later[w.level] = w.later[w.level][1:]
			next()
		}
	}
	w.hasten()
}

// open goes on from the records that an object shows.
func (w *walk) open(o *object, s *stock, path []string, at *arrival) {
	w.rules(o.fields, s, path)
	for _, e := range o.edges {
		w.lead(e, s, append(slices.Clip(path), e.field.Alias), at)
	}
}

func (w *walk) lead(e *edge, s *stock, path []string, at *arrival) {
	switch e.kind {
	case list:
		s.fetch.rules(path, e.guard)
		w.open(e.child, w.within(s, e), path, at)
	case one, several:
		w.one(e, s, path, at)
	case many:
		w.page(e, s, path, at)
	default:
		w.outlined(e, s, path, at)
	}
}

// within is the stock of what lies at hand in another.
func (w *walk) within(s *stock, e *edge) *stock {
	q := question{of: s, list: e.list}
	if w.known[q] == nil {
		w.known[q] = &stock{question: q, level: s.level, most: w.times(s.most, w.constant(w.sizes.list(e))), fetch: s.fetch}
	}
	return w.known[q]
}

func (w *walk) one(e *edge, s *stock, path []string, at *arrival) {
	q, keys := w.question(e, s)
	most := portion{first: keys, shown: keys, records: keys, known: true}
	if e.kind == several {
		most.shown = w.times(keys, w.constant(w.sizes.list(e)))
		most.records = most.shown
	}
	came, then := w.ask(q, most, at)
	came.fetch.path(path)
	came.fetch.rules(path, e.guard)
	w.when(came, func() {
		w.look(e.guard, came, path, then, func() { w.open(e.child, came, path, then) })
	})
}

func (w *walk) page(e *edge, s *stock, path []string, at *arrival) {
	shown := w.first(e)
	all := shown
	if e.beyond {
		all = w.plus(all, w.constant(1))
	}
	if w.isNothing(all) {
		return // nobody is asked
	}
	q, keys := w.question(e, s)
	keys = w.where(keys, all)
	most := portion{further: keys, shown: w.times(keys, shown), records: w.times(keys, all)}
	if q.of != nil {
		most.first, most.further, most.known = w.apart(e, keys)
	}
	came, then := w.ask(q, most, at)
	came.fetch.path(path)
	came.fetch.rules(path, e.guard)
	w.when(came, func() {
		w.look(e.guard, came, path, then, func() {
			for _, o := range e.children {
				w.open(o, came, slices.Concat(path, o.lead, o.trail), then)
			}
		})
	})
}

// question is what an edge asks, with how many keys.
func (w *walk) question(e *edge, s *stock) (q question, keys figure) {
	q = question{source: e.source}
	if e.kind == many || !e.key.ofMember {
		q.said = said(e)
	}
	if !e.key.ofMember {
		return q, w.constant(1)
	}
	q.of, q.key = s, e.key.member
	return q, s.most
}

// look finds out whose records are, as far as they do not say it themselves: by one rule after the other, step by step.
func (w *walk) look(g *guard, s *stock, path []string, at *arrival, then func()) {
	if g == nil {
		then()
		return
	}
	w.follow(g.chains, s, path, at, then)
}

func (w *walk) follow(chains [][]step, s *stock, path []string, at *arrival, then func()) {
	if len(chains) == 0 {
		then()
		return
	}
	w.step(chains[0], 1, s, path, at, func() { w.follow(chains[1:], s, path, at, then) })
}

func (w *walk) step(chain []step, next int, s *stock, path []string, at *arrival, then func()) {
	if next >= len(chain) {
		then()
		return
	}
	q := question{source: chain[next].source, of: s, key: chain[next-1].member}
	came, found := w.ask(q, portion{first: s.most, shown: s.most, records: s.most, known: true}, at)
	if came.fetch.source == q.source {
		came.fetch.owners(path)
	}
	w.when(came, func() { w.step(chain, next+1, came, path, found, then) })
}

// when goes on when records have come.
func (w *walk) when(s *stock, then func()) {
	level := max(w.level, s.level)
	for len(w.later) <= level {
		w.later = append(w.later, nil)
	}
	w.later[level] = append(w.later[level], then)
}

// rules notes the rules about what is shown of records.
func (w *walk) rules(fields []field, s *stock, path []string) {
	for i := range fields {
		f := &fields[i]
		if f.edge != nil {
			continue // which says it itself
		}
		at := append(slices.Clip(path), f.alias)
		s.fetch.rules(at, f.guard)
		if f.selected != nil {
			w.rules(f.selected.fields, s, at)
		}
	}
}

// told is all that was seen.
func (w *walk) told() Explanation {
	e := Explanation{Execution: ByPlan}
	var services services
	reckoned := w.reckon(nil, nil)
	for _, fetches := range w.fetches[min(1, len(w.fetches)):] {
		slices.SortFunc(fetches, func(a, b *fetch) int { return cmp.Compare(a.source.index, b.source.index) })
		var level Level
		for _, each := range fetches {
			told := each.told(w.plan, reckoned)
			level.Fetches = append(level.Fetches, told)
			services.add(told.Demand)
		}
		e.Levels = append(e.Levels, level)
	}
	e.Services = services.sorted()
	return e
}
