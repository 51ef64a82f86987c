package attempt

import (
	"context"
	"sync"
)

// Gathered is the context of several calls, over whose end one watch serves them all. To have context.AfterFunc watch for each
// call costs more than all else that a call does with its context, and few contexts end before their calls.
type Gathered struct {
	context.Context //nolint:containedctx // it is one

	mu    sync.Mutex
	leave func() bool // ends the watch; nil while there is none
	over  bool
	first *Listener
}

// Listener is somebody who waits for the end of a Gathered. Its zero value waits for none.
type Listener struct {
	f              func() // nil where it does not wait
	previous, next *Listener
}

// Gather returns a context for the calls of one piece of work, which ends when ctx does. Rest is to be called after them.
func Gather(ctx context.Context) *Gathered { return &Gathered{Context: ctx} }

// Listen has f called when the context ends, unless Stop is called before. f must be short: all are called one after the other.
// It reports false where the context has ended already, and does nothing then. A listener waits for one thing at a time.
func (g *Gathered) Listen(l *Listener, f func()) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over {
		return false
	}
	if g.leave == nil {
		g.leave = context.AfterFunc(g.Context, g.end)
	}
	*l = Listener{f: f, next: g.first}
	if g.first != nil {
		g.first.previous = l
	}
	g.first = l
	return true
}

// Stop ends a listener's wait, and reports whether it was not told.
func (g *Gathered) Stop(l *Listener) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over || l.f == nil {
		return false
	}
	if l.previous == nil {
		g.first = l.next
	} else {
		l.previous.next = l.next
	}
	if l.next != nil {
		l.next.previous = l.previous
	}
	l.f, l.previous, l.next = nil, nil, nil
	return true
}

// end tells everybody who waits.
func (g *Gathered) end() {
	for _, f := range g.listeners() {
		f()
	}
}

func (g *Gathered) listeners() (all []func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	for l := g.first; l != nil; l = l.next {
		all = append(all, l.f)
	}
	g.first = nil
	return all
}

// Rest ends the watch, unless somebody still waits. It begins anew with the next who does.
func (g *Gathered) Rest() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.first == nil && g.leave != nil {
		g.leave()
		g.leave = nil
	}
}
