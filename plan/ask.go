package plan

import (
	"github.com/concierge-gateway/concierge/loaders/toll"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// ask looks for what an edge leads to from one instance.
func (r *run) ask(e *edge, i int, args *arguments) {
	switch e.kind {
	case list:
		of := &r.objects[e.parent.index]
		rows, from, to := of.rows.List(of.all[i].row, e.list)
		r.objects[e.child.index].rows = rows
		r.enter(e, i, from, to)
	case one, several:
		r.askID(e, i, args)
	default:
		r.askPage(e, i, args)
	}
}

func (r *run) askID(e *edge, i int, args *arguments) {
	key, err := r.keyFor(e, i, args)
	switch {
	case err != nil:
		r.failAt(e, i, err)
	case key == 0 && e.own:
	case key != 0 && r.tolled(e): // zero names no record, and costs nothing
		r.setAside(e, i, toll.Unit{ID: key})
	default:
		awaitKey(r, &r.sources[e.source.index].ids, e, i, key)
	}
}

// keyFor is the id that an edge asks for. Of a caller who is no user there is none.
func (r *run) keyFor(e *edge, i int, args *arguments) (record.ID, error) {
	switch {
	case e.own:
		return r.Caller(r.ctx)
	case e.key.ofMember:
		return r.idOf(e.parent, i, e.key.member), nil
	default:
		return args.key, nil
	}
}

func (r *run) askPage(e *edge, i int, args *arguments) {
	if args.wrong != nil {
		r.failAt(e, i, args.wrong)
		return
	}
	part := record.Part{Offset: args.part.Offset, Limit: args.part.First, Of: args.key, Named: args.named}
	if e.key.ofMember {
		part.Of = r.idOf(e.parent, i, e.key.member)
	}
	if e.beyond {
		part.Limit++
	}
	if part.Limit == 0 {
		r.arrivePage(e, i, nil)
		return
	}
	if r.tolled(e) {
		r.setAside(e, i, toll.Unit{Part: part})
		return
	}
	awaitKey(r, &r.sources[e.source.index].parts, e, i, part)
}
