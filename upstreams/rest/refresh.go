package rest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

const (
	// mostRefreshes is how many lookups of one service go on in the background at the same time. What is stale beyond that is
	// refreshed for somebody who comes later.
	mostRefreshes = 64
	// refreshTime bounds each of them.
	refreshTime = 10 * time.Second
)

// refreshes are lookups of which whoever asked has had an answer already, and a stale one. It is safe for concurrent use.
type refreshes struct {
	ctx  context.Context //nolint:containedctx // that of the work in the background, until close
	end  context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	running int
	keys    map[sharing.Key]struct{} // each under way
}

func newRefreshes() *refreshes {
	r := &refreshes{keys: make(map[sharing.Key]struct{})}
	r.ctx, r.end = context.WithCancel(context.Background())
	return r
}

// begin takes those of some keys that nobody is refreshing, if there is room for them.
func (r *refreshes) begin(way sharing.Key, stale []record.ID) (taken []record.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.running >= mostRefreshes {
		return nil
	}
	for _, id := range stale {
		key := way.For(int64(id))
		if _, runs := r.keys[key]; !runs {
			r.keys[key] = struct{}{}
			taken = append(taken, id)
		}
	}
	if len(taken) > 0 {
		r.running++
		r.work.Add(1)
	}
	return taken
}

func (r *refreshes) finish(way sharing.Key, taken []record.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range taken {
		delete(r.keys, way.For(int64(id)))
	}
	r.running--
	r.work.Done()
}

// close ends what is under way, waits for that, and lets nothing begin any more.
func (r *refreshes) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.end()
	r.work.Wait()
}

// on is a context for work on behalf of whoever a context belongs to, which has nothing else of that: it may end before the work.
func (r *refreshes) on(behalf context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(r.ctx, refreshTime)
	ctx = priority.With(correlation.With(ctx, correlation.From(behalf)), priority.Batch)
	if caller, ok := behalf.Value(identity.Key{}).(*identity.Caller); ok {
		ctx = identity.With(ctx, caller)
	}
	return ctx, cancel
}

// refresh asks for the stale keys of a lookup in the background.
func (c *Client) refresh(behalf context.Context, l *looking) {
	r, way := c.caches.refreshes, l.way.Key
	taken := r.begin(way, l.Stale)
	if len(taken) == 0 {
		return
	}
	slices.Sort(taken) // those of the second level come behind those of memory, and an answer is read by keys in order
	ctx, cancel := r.on(behalf)
	go func() {
		defer r.finish(way, taken)
		defer cancel()
		found := c.ask(ctx, c.looks(l.lookup, taken)) // which keeps what comes, and whose panics are failures
		found.Split(ctx)
	}()
}
