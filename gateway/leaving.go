package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// leaver is a server that can end with its requests answered, or at once.
type leaver interface {
	Shutdown(ctx context.Context) error
	Close() error
}

// drain ends the servers of clients. The admin listener goes on meanwhile: it is where a balancer reads that this one leaves.
//
// Until the delay is over all goes on, but each answer is the last of its connection: whoever keeps connections finds out by an
// answer and not by a request that is lost. Then no more connections are taken, those that nobody has used since are closed,
// clients that are told of events are sent elsewhere, and what was begun has the drain time to end.
func (g *Gateway) drain(ctx context.Context, servers ...leaver) error {
	t := g.current().config.Server.Timeouts
	g.start.Drain()
	g.draining.Store(true)
	g.tellManager(ctx, g.Manager.Stopping(t.DrainDelay+t.Drain+parting))
	g.log.InfoContext(ctx, "draining", "delay", t.DrainDelay, "limit", t.Drain)
	<-time.After(t.DrainDelay)
	err := g.leave(ctx, t.Drain, servers)
	for _, e := range g.all() {
		e.rest.Close() // servers know nothing of WebSockets
	}
	if err != nil {
		return errors.Join(fmt.Errorf("drain: %w", err), g.cut(ctx, servers))
	}
	g.log.InfoContext(ctx, "drained")
	return nil
}

// leave ends all that clients have open, each as its protocol has it, and waits for that until limit is over.
func (g *Gateway) leave(ctx context.Context, limit time.Duration, servers []leaver) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		g.log.WarnContext(ctx, "cut off", "requests", g.inside.Load())
	})()
	var all errgroup.Group
	for _, each := range servers {
		all.Go(func() error { return each.Shutdown(ctx) })
	}
	all.Go(func() error { g.current().streams.drain(ctx); return nil })
	for _, e := range g.all() {
		all.Go(func() error { e.rest.Leave(ctx); return nil })
	}
	return all.Wait() //nolint:wrapcheck // drain says what was being done
}

// parting is how long requests have that are cut off, to notice and to be logged.
const parting = time.Second

// cut ends what is left. It waits until that is so, and no longer than for parting.
func (g *Gateway) cut(ctx context.Context, servers []leaver) error {
	var failed error
	for _, each := range servers {
		failed = errors.Join(failed, each.Close())
	}
	ctx, cancel := context.WithTimeout(ctx, parting)
	defer cancel()
	tick := time.NewTicker(parting / 100)
	defer tick.Stop()
	for g.inside.Load() > 0 && ctx.Err() == nil {
		<-tick.C
	}
	return failed
}

// counted counts the requests of clients that are under way, those included that have become something else.
func counted(inside *atomic.Int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inside.Add(1)
		defer inside.Add(-1)
		next.ServeHTTP(w, r)
	})
}
