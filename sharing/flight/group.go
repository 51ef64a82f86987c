package flight

import (
	"context"
	"sync"

	"github.com/concierge-gateway/concierge/sharing"
)

// Group is work under way, by what it is about. M is what each piece of work is marked with when it begins, such as a position in
// the order of purges, and V is what comes of it. The zero Group has no work. It is safe for concurrent use, and must not be
// copied.
type Group[M, V any] struct {
	// Lasting reports whether a value is something that its leader still reads from, such as a body that streams: then the ctx of
	// the work lives on with the leader's. Nil is for values that are complete. It must be set before the group is used.
	Lasting func(value V) bool
	// Sharing is called with a value that others have waited for, before any of them gets it, and before its leader does. Nil is for
	// values that nobody changes. It must be set before the group is used.
	Sharing func(value V)

	mu      sync.Mutex
	flights map[sharing.Key]*flight[M, V]
}

// Do does work, or waits for the end of equal work that somebody else has begun: shared says that it waited. Work that is under
// way is only joined if joins says so of its mark. Otherwise it goes on for those who have it already, and new work takes its
// place: whoever comes after a write must not be told what was asked before it. joins is called while the group is locked, so it
// must be quick. A nil joins takes everything. Work that has ended is never joined.
//
// Who leads does the work on the own goroutine, until it ends. Its ctx has the leader's values. It ends when nobody wants the
// work any more, with the cause for which the last one left, and has no deadline: those who come later may wait for longer, so
// the work needs a bound of its own. It ends with the work, too, unless the value is Lasting.
//
// Who follows leaves when the own ctx ends, with its cause. The value is the same for all and must not be changed. A panic of the
// work is the leader's; followers then get ErrPanicked. Where ctx has ended already, nothing is begun or joined.
func (g *Group[M, V]) Do(
	ctx context.Context, key sharing.Key, mark M, joins func(mark M) bool, work func(ctx context.Context) (V, error),
) (value V, shared bool, err error) {
	if ctx.Err() != nil {
		return value, false, context.Cause(ctx)
	}
	f, leads := g.board(ctx, key, mark, joins)
	if leads {
		defer g.drop(key, f)
		value, err = f.lead(ctx, work, g.Lasting, g.Sharing)
		return value, false, err
	}
	value, err = f.follow(ctx)
	return value, true, err
}

// board finds the flight to wait for, or begins one.
func (g *Group[M, V]) board(ctx context.Context, key sharing.Key, mark M, joins func(M) bool) (f *flight[M, V], leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f = g.flights[key]; f != nil && (joins == nil || joins(f.mark)) && f.join() {
		return f, false
	}
	f = new(flight[M, V])
	f.begin(ctx, mark)
	if g.flights == nil {
		g.flights = make(map[sharing.Key]*flight[M, V])
	}
	g.flights[key] = f
	return f, true
}

// drop forgets a flight that is over. A later one about the same is left alone.
func (g *Group[M, V]) drop(key sharing.Key, f *flight[M, V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flights[key] == f {
		delete(g.flights, key)
	}
}
