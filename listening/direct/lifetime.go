package direct

import (
	"context"
	"sync"
	"sync/atomic"
)

// lifetime is the context of one request. It is made a context.WithCancel once somebody waits for its end, or puts a context of
// his own below it: a request that is answered from memory has nobody who does, and needs none of what that takes.
type lifetime struct {
	context.Context //nolint:containedctx // of the connection

	over    atomic.Bool
	awaited atomic.Bool     // within and cancel are there, and stay as they are
	mu      sync.Mutex      // of those who change any of it
	within  context.Context //nolint:containedctx // the same, with an end
	cancel  context.CancelFunc
}

// end ends it. It may be called from any goroutine, and more than once.
func (l *lifetime) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over.Store(true)
	if l.cancel != nil {
		l.cancel()
	}
}

// Done implements context.Context.
func (l *lifetime) Done() <-chan struct{} {
	if !l.awaited.Load() {
		l.await()
	}
	return l.within.Done()
}

func (l *lifetime) await() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cancel != nil {
		return
	}
	l.within, l.cancel = context.WithCancel(l.Context)
	if l.over.Load() {
		l.cancel()
	}
	l.awaited.Store(true)
}

// Err implements context.Context.
func (l *lifetime) Err() error {
	if l.over.Load() {
		return context.Canceled
	}
	return l.Context.Err() //nolint:wrapcheck // it is a context's
}

// Value implements context.Context. Contexts below find by it what they are told of the end by, which they ask for when they have
// asked for Done.
func (l *lifetime) Value(key any) any {
	if l.awaited.Load() {
		return l.within.Value(key)
	}
	return l.Context.Value(key)
}
