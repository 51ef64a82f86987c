package plan

import (
	"context"

	"github.com/concierge-gateway/concierge/incremental"
)

// InParts is an answer that comes in parts. It belongs to one goroutine, which asks for one payload after the other; only fetches
// run beside it, each part's a level at a time, and no part's level waits for another part's. What one part has asked for no
// other asks for again.
type InParts struct {
	*delivering

	run    *run
	format incremental.Format
	landed chan int   // lanes whose calls are back
	land   [][]func() // by lane, what takes in the answers of its calls; nil where it has none under way
	flying int
	state  []stage // by deferred fragment
	whole  []bool  // by part, those of which all is there
	most   int     // places that are announced
	ids    int     // that were given
	left   int     // fragments that were announced and have not come
	ended  bool
	broken bool
}

// delivering is which parts have been sent.
type delivering struct {
	contexts []context.Context // each part's, in which the errors of one response are, as gqlgen keeps them
	sent     []bool
}

// stage is how far a deferred fragment has come.
type stage struct {
	announced, done bool
	covers          fragments // that come with it, and it itself
	places          []incremental.Pending
}

// RunInParts begins to answer an operation by a plan of Plans.InParts. fresh is a context of the given one in which errors are
// kept for a response of its own. Close must be called.
func (p *Planner) RunInParts(
	ctx context.Context, plan *Plan, format incremental.Format, fresh func(context.Context) context.Context,
) *InParts {
	n := plan.Lanes()
	a := &InParts{
		run: p.start(ctx, plan), format: format, landed: make(chan int, n), land: make([][]func(), n),
		state: make([]stage, len(plan.deferral.fragments)), whole: make([]bool, n), most: mostPlaces,
		delivering: &delivering{contexts: make([]context.Context, 0, n), sent: make([]bool, n)},
	}
	for range n {
		a.contexts = append(a.contexts, fresh(ctx))
	}
	for i := range a.state {
		a.state[i].covers = only(i)
	}
	a.run.parts = a.delivering
	a.run.enterRoot()
	return a
}

// Next is the next payload, which it waits for. It is nil when all have come. A panic ends the answer with an error.
func (a *InParts) Next() (p *incremental.Payload) {
	if a.ended {
		return nil
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			p = a.fail(panicked)
		}
		a.ended = !p.More
	}()
	for {
		a.advance()
		if p := a.ready(); p != nil {
			return p
		}
		if a.flying == 0 {
			return a.fail("nothing is under way, and something is missing")
		}
		a.takeIn()
	}
}

// Counts is what RunCounted tells of an answer, as far as it has come.
func (a *InParts) Counts(counts []int) (counted []int, hides bool) {
	counted = counts
	if a.broken {
		return counted, false
	}
	for _, e := range a.run.plan.edges {
		counted = a.run.counts(e, counted)
		hides = hides || a.run.hides(e)
	}
	return counted, hides
}

// Close waits until nothing is under way any more. The context of the run must have ended, unless all payloads have come.
func (a *InParts) Close() {
	finished := a.ended && !a.broken && a.flying == 0
	for ; a.flying > 0; a.flying-- {
		<-a.landed
	}
	if finished {
		a.run.end()
	}
}

// advance lets each part do all that it can do before something of it comes back. What is not deferred goes first, so that others
// do not ask in its place.
func (a *InParts) advance() {
	for moved := true; moved; {
		moved = false
		for i := range a.land {
			moved = a.step(i) || moved
		}
	}
}

// step goes on with a part, as a whole answer would with a level. It reports whether there was anything to do.
func (a *InParts) step(lane int) bool {
	r := a.run
	r.lane = lane
	if a.land[lane] != nil || r.idle(lane) || r.blocked(lane) {
		return false
	}
	r.goOn()
	r.open()
	flights, land, level := r.board()
	if len(flights) > 0 {
		a.land[lane] = land
		a.flying++
		go func() { // it ends with the calls, which end with the request
			together(flights)
			level.End()
			a.landed <- lane
		}()
	}
	return true
}

// takeIn waits for the calls of a level, and takes in their answers.
func (a *InParts) takeIn() {
	lane := <-a.landed
	a.flying--
	land := a.land[lane]
	a.land[lane] = nil
	a.run.lane = lane
	for _, each := range land {
		each()
	}
}

// complete reports whether all of a part is there.
func (a *InParts) complete(part int) bool {
	if a.whole[part] {
		return true
	}
	if a.land[part] != nil || !a.run.idle(part) {
		return false
	}
	for _, each := range a.run.plan.deferral.parts[part].in {
		if !a.complete(each) {
			return false
		}
	}
	a.whole[part] = true
	return true
}
