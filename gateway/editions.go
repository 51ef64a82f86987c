package gateway

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// editions are the one in force, and those before it that still answer something.
type editions struct {
	inForce atomic.Pointer[edition]

	mu    sync.Mutex
	alive []*edition
}

// current is the edition in force. It may be followed by another at any time.
func (g *Gateway) current() *edition { return g.editions.inForce.Load() }

// enter is the edition in force, which does not end before its leave was called.
func (g *Gateway) enter() *edition {
	for {
		e := g.current()
		e.users.Add(1)
		if g.current() == e {
			return e
		}
		e.leave() // another has followed in between, and this one may have ended
	}
}

// put puts an edition in force. The one before it, if there is one, answers what it has begun.
func (g *Gateway) put(next *edition) {
	g.lives.adopt(next.parts)
	g.metrics.Begin(next.registry)
	g.editions.mu.Lock()
	g.editions.alive = append(g.editions.alive, next)
	g.editions.mu.Unlock()
	for _, do := range next.inForce {
		do()
	}
	if before := g.editions.inForce.Swap(next); before != nil {
		g.outlast(before)
		before.leave()
	}
}

// run lets the parts of editions do what they do by themselves, until ctx ends.
func (g *Gateway) run(ctx context.Context) {
	var parts []*asset
	for _, each := range g.all() {
		parts = append(parts, each.parts...)
	}
	g.lives.run(ctx, parts)
}

// forget is for an edition that has ended.
func (g *Gateway) forget(e *edition) {
	g.editions.mu.Lock()
	defer g.editions.mu.Unlock()
	g.editions.alive = slices.DeleteFunc(g.editions.alive, func(each *edition) bool { return each == e })
}

// all are the editions that have not ended.
func (g *Gateway) all() []*edition {
	g.editions.mu.Lock()
	defer g.editions.mu.Unlock()
	return slices.Clone(g.editions.alive)
}
