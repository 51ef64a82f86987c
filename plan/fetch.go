package plan

import "sync"

// fetch reads all that the answer needs, level by level. Each level opens all edges that it can, so that the keys of one source
// come together whichever way they were found; then one call goes to each source, all at the same time. What fields with limits
// read is charged in between (toll.go).
func (r *run) fetch() {
	root := &r.objects[r.plan.root.index]
	root.all = append(root.all, instance{row: -1, above: -1, index: -1})
	r.ready = append(r.ready, span{r.plan.root, 0, 1})
	for {
		r.open()
		if !r.fly() {
			return
		}
	}
}

// open opens edges until each of them waits for a record that nobody knows yet.
func (r *run) open() {
	r.openReady()
	for r.pay() {
		r.openReady()
	}
}

func (r *run) openReady() {
	for len(r.ready) > 0 {
		next := r.ready[len(r.ready)-1]
		r.ready = r.ready[:len(r.ready)-1]
		if r.limited && len(next.object.charged) > 0 {
			r.coming = append(r.coming, next)
		} else {
			r.openEdges(next)
		}
	}
}

func (r *run) openEdges(of span) {
	for _, e := range of.object.edges {
		r.openEdge(e, of.from, of.to)
	}
}

func (r *run) openEdge(e *edge, from, to int) {
	opened := &r.edges[e.index]
	if !opened.asked {
		opened.asked = true
		opened.args = r.arguments(e)
	}
	for to > len(opened.results) {
		opened.results = append(opened.results, result{})
	}
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

// fly makes the calls of one level, and reports whether there were any.
func (r *run) fly() bool {
	var flights []func()
	var land []func()
	for i, s := range r.plan.sources {
		k := &r.sources[i]
		if len(k.ids.asked) > 0 {
			f, l := r.flight(s, k)
			flights, land = append(flights, f), append(land, l)
		}
		if len(k.parts.asked) > 0 {
			f, l := r.flightOfParts(s, k)
			flights, land = append(flights, f), append(land, l)
		}
	}
	if len(flights) == 0 {
		return false
	}
	together(flights)
	for _, each := range land {
		each()
	}
	r.resume()
	for i := range r.sources {
		deliver(r, &r.sources[i].ids)
		deliver(r, &r.sources[i].parts)
	}
	return true
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
