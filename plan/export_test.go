package plan

import "context"

// Stages are those of a run, one by one: what reads, what writes as often as it is called, and what ends it.
func (p *Planner) Stages(ctx context.Context, plan *Plan) (fetch func(), render func() []byte, end func()) {
	r := p.start(ctx, plan)
	return r.fetch, func() []byte { return r.render(nil) }, r.end
}

// Room is what a run that has fetched counts as, when it is decided whether it is kept.
func (p *Planner) Room(ctx context.Context, plan *Plan) int {
	r := p.start(ctx, plan)
	r.fetch()
	return r.size()
}

// Announce bounds at how many places fragments are announced.
func (a *InParts) Announce(most int) { a.most = most }

// MostPlaces is that bound.
const MostPlaces = mostPlaces

// Unguarded takes the policy out of a plan.
func (p *Plan) Unguarded() {
	for _, o := range p.objects {
		unguarded(o)
	}
	for _, e := range p.edges {
		e.guard = nil
	}
}

func unguarded(o *object) {
	for i := range o.fields {
		o.fields[i].guard = nil
		if o.fields[i].selected != nil {
			unguarded(o.fields[i].selected)
		}
	}
}
