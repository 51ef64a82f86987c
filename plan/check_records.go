package plan

import (
	"fmt"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// records are those that an edge leads to from one instance, on their way through the rules.
type records struct {
	edge  *edge
	from  int
	rows  []int
	place *page.Place // of a page

	rule, step int
	ids        []record.ID // what the steps so far lead to, by row
}

// pass lets the records of an edge through, as far as they may be seen.
func (r *run) pass(e *edge, from int, rows []int, place *page.Place) {
	if e.guard == nil || !r.verdict(e.guard).watches {
		r.settle(e, from, rows, place)
		return
	}
	r.keep(&records{edge: e, from: from, rows: rows, place: place})
}

// keep leaves out the records that are somebody else's. Where that depends on other records, it goes on when they are there.
func (r *run) keep(k *records) {
	done, err := r.kept(k)
	switch {
	case err != nil:
		r.failAt(k.edge, k.from, fmt.Errorf("find out whose a record is: %w", err))
	case done:
		r.settle(k.edge, k.from, k.rows, k.place)
	default:
		l := &r.lanes[r.lane]
		l.parked = append(l.parked, k)
	}
}

// resume goes on with all of the lane's records that waited for others.
func (r *run) resume() {
	parked := r.lanes[r.lane].parked
	r.lanes[r.lane].parked = nil
	for _, k := range parked {
		r.keep(k)
	}
}

// kept asks each rule in turn. It is false where records are missing, which were asked for then.
func (r *run) kept(k *records) (done bool, err error) {
	g := k.edge.guard
	for ; k.rule < len(g.Records) && len(k.rows) > 0; k.rule++ {
		if r.view.Verdict(g.Records[k.rule]) != policy.Ask {
			continue // refused callers did not come so far
		}
		if done, err := r.follow(k, g.chains[k.rule]); !done || err != nil {
			return false, err
		}
		r.drop(k, g.Records[k.rule])
		k.step, k.ids = 0, nil
	}
	return true, nil
}

// follow goes from each record to its owner, a step for all of them at a time.
func (r *run) follow(k *records, chain []step) (done bool, err error) {
	if k.step == 0 {
		rows := r.rows[r.plan.sources[k.edge.source.index].layout]
		k.ids = make([]record.ID, len(k.rows))
		for i, row := range k.rows {
			k.ids[i] = rows.ID(row, chain[0].member)
		}
		k.step = 1
	}
	for ; k.step < len(chain); k.step++ {
		of := &r.sources[chain[k.step].source.index]
		if done, err := look(&of.ids, k.ids, r.lane); !done || err != nil {
			return false, err
		}
		for i, id := range k.ids {
			k.ids[i] = next(of, id, chain[k.step].member)
		}
	}
	return true, nil
}

// look reports whether all records are known, and asks for those that are not. Zero names none.
func look(of *keyed[record.ID], ids []record.ID, lane int) (all bool, err error) {
	all = true
	for _, id := range ids {
		if id == 0 {
			continue
		}
		place, asked := of.places.find(id)
		if !asked {
			place = of.want(id, lane)
		}
		if known := of.answers[place]; known.flying {
			all = false
		} else if err == nil {
			err = known.err
		}
	}
	if !all {
		return false, nil
	}
	return true, err
}

func next(of *known, id record.ID, member raw.IDSlot) record.ID {
	place, ok := of.ids.places.find(id)
	if id == 0 || !ok {
		return 0
	}
	rows := of.ids.of(of.ids.answers[place])
	if len(rows) == 0 {
		return 0
	}
	return of.rows.ID(rows[len(rows)-1], member)
}

// drop leaves out the records that do not lead to the caller.
func (r *run) drop(k *records, rule *policy.Rule) {
	wanted, kept := make([]bool, len(k.rows)), make([]int, 0, len(k.rows))
	for i, row := range k.rows {
		if wanted[i] = r.view.Is(k.ids[i]); wanted[i] {
			kept = append(kept, row)
		}
	}
	if len(kept) == len(k.rows) {
		return
	}
	r.trail.Deny(rule.Name, audit.NotOwner)
	k.rows = kept
	if k.place != nil {
		k.place.Keep(wanted)
	}
}
