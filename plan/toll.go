package plan

import (
	"github.com/concierge-gateway/concierge/loaders/toll"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// tolls are what the fields of a run are charged.
type tolls struct {
	limited bool // whether the plan has limited fields, and the request an account
	values  toll.Tolls
	keys    toll.Tolls
}

// openTolls begins to charge an account. Without one nothing is limited.
func (t *tolls) openTolls(account *ratelimit.Account) {
	t.limited = account != nil
	t.values.Open(account)
	t.keys.Open(account)
}

// aside is a key that a limited edge asks for from one instance.
type aside struct {
	edge *edge
	from int
	unit toll.Unit
}

// pay charges what was put aside, and reports whether there was anything. What is shown of the records that have come is first;
// when nothing more comes of it, the keys are. gqlgen's gates have the same order (loaders/level.go): which of two fields is over
// its limit must not depend on who runs the operation.
func (r *run) pay() bool {
	l := &r.lanes[r.lane]
	switch {
	case !r.limited:
		return false
	case len(l.coming) > 0:
		r.payValues(l)
	case len(l.aside) > 0:
		r.payKeys(l)
	default:
		return false
	}
	return true
}

func (r *run) payValues(l *lane) {
	for _, each := range l.coming {
		for _, charged := range each.object.charged {
			if charged.part == r.lane {
				r.charge(charged, each)
			}
		}
	}
	r.values.Pay(r.ctx)
	for _, each := range l.coming {
		r.openEdges(each)
	}
	l.coming = l.coming[:0]
}

// charge asks for a value of each instance that it will be shown of.
func (r *run) charge(what charged, of span) {
	for i := of.from; i < of.to; i++ {
		if what.guard == nil || r.refusing(what.guard, of.object, i, nil) == nil {
			r.values.Ask(r.valueOf(what.limit, of.object, i))
		}
	}
}

// valueOf is what a field is charged for that shows a value of an instance.
func (r *run) valueOf(limit *ratelimit.Field, o *object, i int) toll.Unit {
	return toll.Unit{Field: limit, ID: r.idOf(o, i, o.id)}
}

func (r *run) payKeys(l *lane) {
	for _, each := range l.aside {
		r.keys.Ask(each.unit)
	}
	r.keys.Pay(r.ctx)
	for _, each := range l.aside {
		if err := r.keys.Refused(each.unit); err != nil {
			r.failAt(each.edge, each.from, err)
		} else {
			r.await(each)
		}
	}
	l.aside = l.aside[:0]
}

// await asks for a key that may leave.
func (r *run) await(a aside) {
	if of := &r.sources[a.edge.source.index]; a.edge.kind == many {
		awaitKey(r, &of.parts, a.edge, a.from, a.unit.Part)
	} else {
		awaitKey(r, &of.ids, a.edge, a.from, a.unit.ID)
	}
}

// tolled reports whether the keys of an edge are charged.
func (r *run) tolled(e *edge) bool { return r.limited && e.limit != nil }

// setAside puts off asking for a key until it was charged.
func (r *run) setAside(e *edge, i int, u toll.Unit) {
	u.Field = e.limit
	l := &r.lanes[r.lane]
	l.aside = append(l.aside, aside{e, i, u})
}
