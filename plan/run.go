package plan

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/lent"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// run is one execution of a plan. It belongs to one goroutine; only fetches run beside it.
type run struct {
	*Planner
	tolls

	ctx       context.Context //nolint:containedctx // a run is one request's
	calling   context.Context //nolint:containedctx // that of its calls
	plan      *Plan
	variables map[string]any
	view      *policy.View
	trail     *audit.Trail

	rows     []*raw.Rows  // by layout
	objects  []instances  // by object
	edges    []opened     // by edge
	pages    []page.Place // that edges have led to
	sources  []known      // by source
	verdicts []verdict    // by guard
	lanes    []lane       // by part of the answer
	lane     int          // that is being run
	flights  int          // that have brought answers
	parts    *delivering  // nil where the answer comes as a whole
}

// lane is what is still to be done for one part of the answer. An answer that comes as a whole has one.
type lane struct {
	ready  []span     // instances whose edges are still to be opened
	parked []*records // records whose owner is being found out
	coming []span     // instances whose values are still to be charged
	aside  []aside    // keys that are
}

// instances are those of one object.
type instances struct {
	rows *raw.Rows
	all  []instance
}

// instance is an object of the answer.
type instance struct {
	row   int
	above int // the instance that the edge to it belongs to
	index int // in its list
}

// span are neighbouring instances of an object.
type span struct {
	object   *object
	from, to int
}

// opened is an edge of a run.
type opened struct {
	results []result // by instance of the parent
	asked   bool     // whether the arguments were read
	args    arguments
}

// result is what an edge leads to from one instance.
type result struct {
	state    state
	from, to int // instances: of the child, or, in step, of all children of a page
	place    *page.Place
}

type state uint8

const (
	nothing state = iota // null
	found
)

// Run answers an operation by its plan: it appends the answer's data, with the errors in the response context, as gqlgen has
// them. A panic is an error of the whole answer, which is null then.
func (p *Planner) Run(ctx context.Context, plan *Plan, to []byte) []byte {
	return p.answer(ctx, plan, to, nil)
}

// answer is Run. What was found is looked at before it is written, if anybody wants to.
func (p *Planner) answer(ctx context.Context, plan *Plan, to []byte, look func(*run)) (answered []byte) {
	defer func() {
		if panicked := recover(); panicked != nil {
			graphql.AddError(ctx, graphql.Recover(ctx, panicked))
			answered = append(to, null...) //nolint:gocritic // what was written behind it is left out
		}
	}()
	r := p.start(ctx, plan)
	lease := lent.Begin(ctx)
	calls := attempt.Gather(facts.Settle(lease))
	r.calling = calls
	r.fetch()
	calls.Rest()
	if look != nil {
		look(r)
	}
	answered = r.render(to)
	r.end() // a run that panics is not kept: it may hold this caller's keys
	lease.End()
	return answered
}

// start takes a run from those that have ended, or makes one.
func (p *Planner) start(ctx context.Context, plan *Plan) *run {
	r, ok := plan.runs.Get().(*run)
	if !ok {
		r = newRun(p, plan)
	}
	r.ctx, r.calling, r.variables = ctx, ctx, graphql.GetOperationContext(ctx).Variables
	r.view, r.trail = p.Policy.View(auth.FromContext(ctx)), audit.From(ctx)
	if plan.limited {
		r.openTolls(ratelimit.From(ctx))
	}
	for i, l := range plan.layouts {
		r.rows[i] = l.layout.Rows()
	}
	for i, s := range plan.sources {
		r.sources[i].rows = r.rows[s.layout]
	}
	return r
}

func newRun(p *Planner, plan *Plan) *run {
	r := &run{
		Planner: p, plan: plan,
		rows: make([]*raw.Rows, len(plan.layouts)), sources: make([]known, len(plan.sources)),
		objects: make([]instances, len(plan.objects)), edges: make([]opened, len(plan.edges)),
		verdicts: make([]verdict, len(plan.guards)), lanes: make([]lane, plan.Lanes()),
	}
	for i := range r.sources {
		r.sources[i].ids.places.hash = hashID()
		r.sources[i].parts.places.hash = hashPart()
		r.sources[i].ids.queues = make([]queue[record.ID], plan.Lanes())
		r.sources[i].parts.queues = make([]queue[record.Part], plan.Lanes())
	}
	return r
}

// end gives back what the run borrowed, and keeps its room for the next. Nothing of an answer stays in it.
func (r *run) end() {
	for _, rows := range r.rows {
		rows.Free()
	}
	if r.size() > maxKept {
		return
	}
	r.ctx, r.calling, r.variables, r.view, r.trail, r.parts = nil, nil, nil, nil, nil, nil
	r.lane, r.flights = 0, 0
	clear(r.rows)
	clear(r.verdicts)
	clear(r.pages)
	r.pages = r.pages[:0]
	if r.limited {
		r.openTolls(nil)
	}
	for i := range r.objects {
		r.objects[i] = instances{all: r.objects[i].all[:0]}
	}
	for i := range r.edges {
		clear(r.edges[i].results)
		r.edges[i] = opened{results: r.edges[i].results[:0]}
	}
	for i := range r.sources {
		r.sources[i].ids.forget()
		r.sources[i].parts.forget()
		r.sources[i].rows = nil
	}
	r.plan.runs.Put(r)
}

// maxKept is how many instances, pages, records of lists, keys and charges a run may have room for and be kept. They take less
// than 2 MiB.
const maxKept = 10_000

// size is how many instances, pages, records of lists, keys and charges there were. A service may give more of lists than has
// instances.
func (r *run) size() (n int) {
	n = cap(r.pages) + r.values.Len() + r.keys.Len()
	for i := range r.objects {
		n += cap(r.objects[i].all)
	}
	for i := range r.sources {
		k := &r.sources[i]
		n += len(k.ids.answers) + len(k.parts.answers) + cap(k.parts.rows)
	}
	return n
}

func (k *keyed[K]) forget() {
	k.places.forget()
	clear(k.answers)
	k.answers, k.rows = k.answers[:0], k.rows[:0]
	for i := range k.queues {
		q := &k.queues[i]
		clear(q.waiting)
		clear(q.delivered)
		q.waiting, q.delivered = q.waiting[:0], q.delivered[:0]
	}
}

// idOf is a member of an instance.
func (r *run) idOf(o *object, i int, member raw.IDSlot) record.ID {
	of := &r.objects[o.index]
	return of.rows.ID(of.all[i].row, member)
}
