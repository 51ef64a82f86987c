package gateway

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Within does what Serve does, without sockets: for a program that hands requests to Public by itself, from when ask is called
// until it returns. Its error is that of ask.
func (g *Gateway) Within(ctx context.Context, ask func(ctx context.Context) error) error {
	working, rest := context.WithCancel(context.WithoutCancel(ctx))
	defer rest()
	var all errgroup.Group
	g.work(working, &all)
	all.Go(func() error { g.begin(working); return nil })
	err := ask(ctx)
	g.start.Drain()
	g.draining.Store(true) // another configuration comes too late
	rest()
	_ = all.Wait() // work does not fail
	g.lives.rested()
	g.Close()
	return err
}

// work is what the gateway does behind requests' backs until ctx ends. It is a part of all.
func (g *Gateway) work(ctx context.Context, all *errgroup.Group) {
	g.run(ctx)
	for _, each := range []func(context.Context){g.Manager.Run, g.board.Run, g.heedMemory} {
		all.Go(func() error { each(ctx); return nil })
	}
}
