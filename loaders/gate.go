package loaders

import (
	"context"
	"sync"

	"github.com/concierge-gateway/concierge/loaders/toll"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// gate is where resolvers wait until their request was charged for what they are about to show, or to ask for. It leaves as a
// batch does, before those of its level that make calls: all who wait at it are charged by one question to the counters.
type gate struct {
	ctx   context.Context //nolint:containedctx // a gate belongs to one request, as a loader does
	level *level
	when  rank

	mu       sync.Mutex
	tolls    toll.Tolls
	boarding *flight
}

func (g *gate) open(ctx context.Context, l *level, when rank, account *ratelimit.Account) {
	g.ctx, g.level, g.when = ctx, l, when
	g.tolls.Open(account)
}

// pass waits until all units were decided about. Who asks for what is known already waits too: so everything of a level is opened
// in the same order as by a plan, and nothing depends on who came first.
func (g *gate) pass(units ...toll.Unit) {
	g.mu.Lock()
	for _, u := range units {
		g.tolls.Ask(u)
	}
	first := g.boarding == nil
	if first {
		g.boarding = newFlight()
	}
	f := g.boarding
	g.mu.Unlock()
	if first {
		g.level.collect(g.when, g)
	}
	g.level.await(f)
	<-f.landed
}

// board makes gate a batch.
func (g *gate) board() func() {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := g.boarding
	g.boarding = nil
	return func() {
		g.pay()
		g.level.land(f)
	}
}

// pay decides about all who wait. What cannot be decided is refused.
func (g *gate) pay() {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := problem.Guard(func() error {
		g.tolls.Pay(g.ctx)
		return nil
	})
	if err != nil {
		g.tolls.Fail(err)
	}
}

// refused is why a unit was refused, nil where it was granted. One that nobody was charged for is refused.
func (g *gate) refused(u toll.Unit) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.tolls.Asked(u) {
		return problem.New(problem.Internal, "")
	}
	return g.tolls.Refused(u)
}
