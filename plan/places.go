package plan

// mostPlaces is how many places of deferred fragments an answer announces. Each takes half a KiB, more than an object itself
// does, and one object can have a place of each fragment.
const mostPlaces = 10_000

// placesIn is at how many places fragments are deferred within one, at most, as far as that is known.
func (r *run) placesIn(within int) (n int) {
	for _, o := range r.plan.objects {
		n += len(r.objects[o.index].all) * r.deferredIn(within, o.homes)
	}
	for _, e := range r.plan.edges {
		if e.page == nil {
			continue
		}
		n += len(r.edges[e.index].results) * r.deferredIn(within, e.page.homes)
		for i := range e.page.fields {
			n += r.recordsOf(e) * r.deferredIn(within, e.page.fields[i].homes)
		}
	}
	return n
}

// deferredIn is how many of some fragments are deferred within one.
func (r *run) deferredIn(within int, homes []int) (n int) {
	for _, each := range homes {
		if f := &r.plan.deferral.fragments[each]; f.in == within && len(f.parts) > 0 {
			n++
		}
	}
	return n
}

// recordsOf is how many records the pages of an edge have.
func (r *run) recordsOf(e *edge) (n int) {
	for _, each := range r.edges[e.index].results {
		n += each.to - each.from
	}
	return n
}
