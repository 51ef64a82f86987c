// Package flight answers how equal work that is under way is done once for all who want it.
package flight

import (
	"context"
	"errors"
	"sync"

	"github.com/concierge-gateway/concierge/sharing"
)

// ErrPanicked is what those get who waited for work that panicked, or that ended its goroutine.
var ErrPanicked = errors.New("the work that was waited for broke off")

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

// flight is one piece of work and those who wait for it.
type flight[M, V any] struct {
	mark M
	ctx  context.Context //nolint:containedctx // it is the work's, and ends when nobody wants that any more
	end  context.CancelCauseFunc

	// Guarded by Group.mu.
	leader    bool // wants it still
	followers int  // how many others do
	over      bool
	landed    chan struct{} // closed when it is over; nil as long as nobody has followed

	// Written before landed is closed, and only where that is there.
	value V
	err   error
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
		value, err = g.lead(ctx, key, f, work)
		return value, false, err
	}
	value, err = g.follow(ctx, key, f)
	return value, true, err
}

// board finds the flight to wait for, or begins one.
func (g *Group[M, V]) board(ctx context.Context, key sharing.Key, mark M, joins func(M) bool) (f *flight[M, V], leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f = g.flights[key]; f != nil && (joins == nil || joins(f.mark)) {
		f.followers++
		if f.landed == nil {
			f.landed = make(chan struct{})
		}
		return f, false
	}
	f = &flight[M, V]{mark: mark, leader: true}
	f.ctx, f.end = context.WithCancelCause(context.WithoutCancel(ctx))
	if g.flights == nil {
		g.flights = make(map[sharing.Key]*flight[M, V])
	}
	g.flights[key] = f
	return f, true
}

// lead does the work, and tells what came of it.
func (g *Group[M, V]) lead(
	ctx context.Context, key sharing.Key, f *flight[M, V], work func(ctx context.Context) (V, error),
) (value V, err error) {
	stop := context.AfterFunc(ctx, func() {
		g.leave(key, f, context.Cause(ctx), func() { f.leader = false })
	})
	err = ErrPanicked // unless the work comes to its end
	defer func() {
		g.leave(key, f, context.Cause(ctx), func() { f.land(value, err) })
		if f.landed != nil {
			g.tell(f)
		}
		if err != nil || g.Lasting == nil || !g.Lasting(value) {
			stop()
			f.end(nil)
		}
	}()
	value, err = work(f.ctx)
	return value, err
}

// tell lets those go on who follow. Nobody can any more who does not already.
func (g *Group[M, V]) tell(f *flight[M, V]) {
	defer close(f.landed)
	if f.err == nil && g.Sharing != nil {
		g.Sharing(f.value)
	}
}

// follow waits for what somebody else does.
func (g *Group[M, V]) follow(ctx context.Context, key sharing.Key, f *flight[M, V]) (value V, err error) {
	select {
	case <-f.landed:
		return f.value, f.err
	case <-ctx.Done():
		err = context.Cause(ctx)
		g.leave(key, f, err, func() { f.followers-- })
		return value, err
	}
}

// leave makes a change after which fewer want the work. Work that is over or that nobody wants is taken away before anybody is
// told, so that nobody joins it who asks afterwards.
func (g *Group[M, V]) leave(key sharing.Key, f *flight[M, V], cause error, change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
	if (f.over || !f.wanted()) && g.flights[key] == f { // a later flight about the same is left alone
		delete(g.flights, key)
	}
	if !f.wanted() {
		f.end(cause)
	}
}

// wanted reports whether somebody has a use for the work's ctx.
func (f *flight[M, V]) wanted() bool { return f.leader || !f.over && f.followers > 0 }

// land keeps what came of the work for those who follow. It is dropped where there are none: f lives as long as the leader's ctx.
func (f *flight[M, V]) land(value V, err error) {
	f.over = true
	if f.landed != nil {
		f.value, f.err = value, err
	}
}
