package retry

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// ending is the context of an attempt: it ends with its call's, or is ended before. It does what that of context.WithCancelCause
// does, but that is made only when somebody asks for it. The connection by which most attempts go wants no more than to be told
// of the end, and a context that others can wait for costs more than the rest of an attempt.
type ending struct {
	context.Context //nolint:containedctx // it is one; this is the call's

	own atomic.Pointer[made] // nil until somebody needs it

	mu       sync.Mutex
	over     bool
	tell     func()           // nil where nobody wants to be told any more
	leave    func() bool      // nil where listener is who waits
	listener attempt.Listener // to the end of a context that the call shares with others
}

// made is a context, and how it is ended.
type made struct {
	context.Context //nolint:containedctx // it is one

	cancel context.CancelCauseFunc
}

// Done implements context.Context.
func (e *ending) Done() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.make().Done()
}

// Err implements context.Context.
func (e *ending) Err() error {
	if own := e.own.Load(); own != nil {
		return own.Err()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return e.make().Err()
	}
	return e.Context.Err()
}

// Value implements context.Context. The context that is made is asked, because it answers for itself to its children.
func (e *ending) Value(key any) any {
	if own := e.own.Load(); own != nil {
		return own.Value(key)
	}
	return e.Context.Value(key)
}

// make makes the context. The caller holds the lock.
func (e *ending) make() *made {
	if own := e.own.Load(); own != nil {
		return own
	}
	own, call := new(made), e.Context
	if e.over { // whatever happened to the call since
		call = context.WithoutCancel(call)
	}
	own.Context, own.cancel = context.WithCancelCause(call)
	if e.over {
		own.cancel(nil)
	}
	e.own.Store(own)
	return own
}

// end ends the context, unless it has been ended. A cause has to be kept somewhere, the call's too.
func (e *ending) end(cause error) {
	e.mu.Lock()
	own := e.own.Load()
	if !e.over && (cause != nil || e.Context.Err() != nil) {
		own = e.make()
	}
	tell := e.tell
	e.over, e.tell = true, nil
	e.mu.Unlock()
	if own != nil {
		own.cancel(cause)
	}
	if tell != nil && e.deafen() {
		tell()
	}
}

// OnEnd implements attempt.Ender.
func (e *ending) OnEnd(f func()) attempt.Stopper { //nolint:ireturn // what is to be stopped differs
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return attempt.StopFunc(context.AfterFunc(e.make(), f))
	}
	e.tell, e.leave = f, nil
	if several, ok := e.Context.(*attempt.Gathered); !ok || !several.Listen(&e.listener, f) {
		e.leave = context.AfterFunc(e.Context, f)
	}
	return e
}

// deafen ends the wait for the call's end, and reports whether nobody was told of that.
func (e *ending) deafen() bool {
	if several, ok := e.Context.(*attempt.Gathered); ok && e.leave == nil {
		return several.Stop(&e.listener)
	}
	return e.leave()
}

// Stop has nobody told, and reports whether nobody has been.
func (e *ending) Stop() bool {
	e.mu.Lock()
	tell := e.tell
	e.tell = nil
	e.mu.Unlock()
	return tell != nil && e.deafen()
}
