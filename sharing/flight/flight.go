// Package flight answers how work that several want at the same time is done once for all of them: equal work by a Group, and
// work about keys by Batches.
package flight

import (
	"context"
	"errors"
	"sync"
)

// ErrPanicked is what those get who waited for work that panicked, or that ended its goroutine.
var ErrPanicked = errors.New("the work that was waited for broke off")

// flight is one piece of work and those who wait for it. M is what it is marked with, and V is what comes of it.
type flight[M, V any] struct {
	mark M
	ctx  context.Context //nolint:containedctx // it is the work's, and ends when nobody wants that any more
	end  context.CancelCauseFunc

	mu        sync.Mutex
	leader    bool // wants it still
	followers int  // how many others do
	over      bool
	landed    chan struct{} // closed when it is over; nil as long as nobody has followed

	// Written before landed is closed, and only where that is there.
	value V
	err   error
}

// begin makes it the flight of whoever ctx belongs to, who must lead it.
func (f *flight[M, V]) begin(ctx context.Context, mark M) {
	f.mark, f.leader = mark, true
	f.ctx, f.end = context.WithCancelCause(context.WithoutCancel(ctx))
}

// join makes one more wait for it, who must follow it or leave. Nobody can join what is over, or what nobody wants any more.
func (f *flight[M, V]) join() (joined bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over || !f.wanted() {
		return false
	}
	f.followers++
	if f.landed == nil {
		f.landed = make(chan struct{})
	}
	return true
}

// lead does the work, and tells what came of it. lasting and share are as of a Group, and may be nil.
func (f *flight[M, V]) lead(
	ctx context.Context, work func(ctx context.Context) (V, error), lasting func(V) bool, share func(V),
) (value V, err error) {
	stop := context.AfterFunc(ctx, func() {
		f.leave(context.Cause(ctx), func() { f.leader = false })
	})
	err = ErrPanicked // unless the work comes to its end
	defer func() {
		f.leave(context.Cause(ctx), func() { f.land(value, err) })
		if f.landed != nil {
			f.tell(share)
		}
		if err != nil || lasting == nil || !lasting(value) {
			stop()
			f.end(nil)
		}
	}()
	value, err = work(f.ctx)
	return value, err
}

// tell lets those go on who follow. Nobody can any more who does not already.
func (f *flight[M, V]) tell(share func(V)) {
	defer close(f.landed)
	if f.err == nil && share != nil {
		f.err = ErrPanicked // unless the value is made fit for others
		share(f.value)
		f.err = nil
	}
}

// follow waits for what somebody else does.
func (f *flight[M, V]) follow(ctx context.Context) (value V, err error) {
	select {
	case <-f.landed:
		return f.value, f.err
	case <-ctx.Done():
		err = context.Cause(ctx)
		f.unfollow(err)
		return value, err
	}
}

// unfollow is for those who have joined and do not wait any longer.
func (f *flight[M, V]) unfollow(cause error) { f.leave(cause, func() { f.followers-- }) }

// leave makes a change after which fewer want the work.
func (f *flight[M, V]) leave(cause error, change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
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
