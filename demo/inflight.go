package demo

import (
	"context"
	"sync"
)

// gauge counts calls under way, and lets others wait for a count.
type gauge struct {
	mu      sync.Mutex
	changed *sync.Cond
	n       int
}

func newGauge() *gauge {
	g := new(gauge)
	g.changed = sync.NewCond(&g.mu)
	return g
}

func (g *gauge) enter() { g.add(1) }

func (g *gauge) leave() { g.add(-1) }

func (g *gauge) add(by int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n += by
	g.changed.Broadcast()
}

func (g *gauge) value() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}

// await returns when the count is n, or with the context's error.
func (g *gauge) await(ctx context.Context, n int) error {
	stop := context.AfterFunc(ctx, func() {
		g.mu.Lock() // or a waiter that has just looked at the context would miss the broadcast
		defer g.mu.Unlock()
		g.changed.Broadcast()
	})
	defer stop()

	g.mu.Lock()
	defer g.mu.Unlock()
	for g.n != n {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		g.changed.Wait()
	}
	return nil
}
