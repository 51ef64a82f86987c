package plan

import (
	"context"
	"slices"
)

// idle reports whether there is nothing left to do for a lane.
func (r *run) idle(lane int) bool {
	l := &r.lanes[lane]
	if len(l.ready)+len(l.parked) > 0 {
		return false
	}
	for i := range r.sources {
		k := &r.sources[i]
		if len(k.ids.queues[lane].waiting)+len(k.parts.queues[lane].waiting) > 0 {
			return false
		}
	}
	return true
}

// blocked reports whether a lane waits for calls of others.
func (r *run) blocked(lane int) bool {
	for i := range r.sources {
		if k := &r.sources[i]; k.ids.waits(lane) || k.parts.waits(lane) {
			return true
		}
	}
	return slices.ContainsFunc(r.lanes[lane].parked, r.waits)
}

func (k *keyed[K]) waits(lane int) bool {
	for _, each := range k.queues[lane].waiting {
		if k.answers[each.place].flying {
			return true
		}
	}
	return false
}

// waits reports whether the owners of records are still being found out.
func (r *run) waits(k *records) bool {
	of := &r.sources[k.edge.guard.chains[k.rule][k.step].source.index].ids
	for _, id := range k.ids {
		if place, asked := of.places.find(id); asked && of.answers[place].flying {
			return true
		}
	}
	return false
}

// contextOf is where the errors of a part go.
func (r *run) contextOf(part int) context.Context {
	if r.parts == nil {
		return r.ctx
	}
	return r.parts.contexts[part]
}
