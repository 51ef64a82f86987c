package plan

import "github.com/concierge-gateway/concierge/page"

// arrive takes what came for one instance of an edge.
func arrive[K comparable](r *run, k *keyed[K], e *edge, from int, came answer) {
	rows := k.of(came)
	switch {
	case came.err != nil:
		r.failAt(e, from, came.err)
	case e.kind == many:
		r.arrivePage(e, from, rows)
	case e.kind == several || len(rows) > 0:
		r.pass(e, from, rows, nil)
	}
}

func (r *run) arrivePage(e *edge, from int, rows []int) {
	place, shown := r.edges[e.index].args.part.Place(len(rows))
	r.pages = append(r.pages, place)
	r.pass(e, from, rows[:shown], &r.pages[len(r.pages)-1]) // it stays where it is when later ones need more room
}

// settle makes instances of the records that an edge leads to. place is that of a page.
func (r *run) settle(e *edge, from int, rows []int, place *page.Place) {
	res := &r.edges[e.index].results[from]
	switch e.kind {
	case one:
		if len(rows) == 1 {
			res.state = found
			r.append(e.child, res, from, rows)
		}
	case several:
		res.state = found
		r.append(e.child, res, from, rows)
	default:
		res.state, res.place, res.to = found, place, len(rows)
		for _, child := range e.children {
			r.append(child, res, from, rows)
		}
	}
}

// append adds instances of an object. All objects that show the records of one page have the same.
func (r *run) append(o *object, res *result, above int, rows []int) {
	of := &r.objects[o.index]
	of.rows = r.rows[r.plan.sources[o.above.source.index].layout]
	res.from = len(of.all)
	for at, row := range rows {
		of.all = append(of.all, instance{row: row, above: above, index: at})
	}
	res.to = len(of.all)
	r.begin(o, res.from, res.to)
}

// enter makes instances of the parts that lie at hand.
func (r *run) enter(e *edge, from, first, end int) {
	of := &r.objects[e.child.index]
	res := &r.edges[e.index].results[from]
	res.state, res.from = found, len(of.all)
	for row := first; row < end; row++ {
		of.all = append(of.all, instance{row: row, above: from, index: row - first})
	}
	res.to = len(of.all)
	r.begin(e.child, res.from, res.to)
}

// begin notes instances whose edges can be opened, or whose values have to be charged.
func (r *run) begin(o *object, from, to int) {
	if from == to {
		return
	}
	for _, part := range o.parts {
		l := &r.lanes[part]
		if last := len(l.ready) - 1; last >= 0 && l.ready[last].object == o && l.ready[last].to == from {
			l.ready[last].to = to
		} else {
			l.ready = append(l.ready, span{o, from, to})
		}
	}
}
