package plan

import (
	"slices"
	"sync"

	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/waterfall"
)

// fetch reads all that the answer needs, level by level. Each level opens all edges that it can, so that the keys of one source
// come together whichever way they were found; then one call goes to each source, all at the same time. What fields with limits
// read is charged in between (toll.go).
func (r *run) fetch() {
	r.enterRoot()
	for {
		r.open()
		if !r.fly() {
			return
		}
	}
}

// enterRoot makes the instance that all others come from.
func (r *run) enterRoot() {
	root := &r.objects[r.plan.root.index]
	root.all = append(root.all, instance{row: -1, above: -1, index: -1})
	r.begin(r.plan.root, 0, 1)
}

// open opens edges until each of them waits for a record that nobody knows yet.
func (r *run) open() {
	r.openReady()
	for r.pay() {
		r.openReady()
	}
}

func (r *run) openReady() {
	for l := &r.lanes[r.lane]; len(l.ready) > 0; {
		next := l.ready[len(l.ready)-1]
		l.ready = l.ready[:len(l.ready)-1]
		if r.limited && len(next.object.charged) > 0 {
			l.coming = append(l.coming, next)
		} else {
			r.openEdges(next)
		}
	}
}

func (r *run) openEdges(of span) {
	for _, e := range of.object.edges {
		if e.part == r.lane {
			r.openEdge(e, of.from, of.to)
		}
	}
}

func (r *run) openEdge(e *edge, from, to int) {
	opened := &r.edges[e.index]
	if !opened.asked {
		opened.asked = true
		opened.args = r.arguments(e)
	}
	opened.reach(to)
	for i := from; i < to; i++ {
		if opened.args.refused != nil {
			r.failAt(e, i, opened.args.refused)
			continue
		}
		if r.admitted(e, i) {
			r.ask(e, i, &opened.args)
		}
	}
}

// reach makes room for the results of so many instances. Room that was used before is empty (run.end).
func (o *opened) reach(n int) {
	if more := n - len(o.results); more > 0 {
		o.results = slices.Grow(o.results, more)[:n]
	}
}

// fly makes the calls of one level, and reports whether there were any.
func (r *run) fly() bool {
	flights, land, level := r.board()
	if len(flights) == 0 {
		return false
	}
	together(flights)
	for _, each := range land {
		each()
	}
	level.End()
	r.goOn()
	return true
}

// board are the calls of the lane's next level, and what takes in their answers.
func (r *run) board() (flights, land []func(), level *tracing.Span) {
	if !r.asks() {
		return nil, nil, nil
	}
	ctx, level := tracing.Start(waterfall.Step(r.calling), "level")
	level.Number("concierge.lane", int64(r.lane))
	for i, s := range r.plan.sources {
		k := &r.sources[i]
		if len(k.ids.queues[r.lane].asked) > 0 {
			f, l := r.flight(ctx, s, k)
			flights, land = append(flights, f), append(land, l)
		}
		if len(k.parts.queues[r.lane].asked) > 0 {
			f, l := r.flightOfParts(ctx, s, k)
			flights, land = append(flights, f), append(land, l)
		}
	}
	return flights, land, level
}

// asks reports whether the lane's next level has any calls.
func (r *run) asks() bool {
	for i := range r.sources {
		if k := &r.sources[i]; len(k.ids.queues[r.lane].asked)+len(k.parts.queues[r.lane].asked) > 0 {
			return true
		}
	}
	return false
}

// goOn hands what has come to those in the lane who wait for it.
func (r *run) goOn() {
	r.resume()
	for i := range r.sources {
		deliver(r, &r.sources[i].ids)
		deliver(r, &r.sources[i].parts)
	}
}

// together runs calls at the same time, the last of them here.
func together(calls []func()) {
	var others sync.WaitGroup
	last := len(calls) - 1
	for _, call := range calls[:last] {
		others.Go(call)
	}
	calls[last]()
	others.Wait()
}
