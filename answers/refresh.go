package answers

import (
	"context"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/sharing"
)

// refreshes are the executions that nobody waits for: one for each answer, and no more than so many.
type refreshes struct {
	ctx     context.Context //nolint:containedctx // it ends with the Cache, and with it what runs behind requests' backs
	end     context.CancelFunc
	running sync.WaitGroup

	mu   sync.Mutex
	most int
	keys map[sharing.Key]struct{}
}

func (r *refreshes) begin(most int) {
	r.ctx, r.end = context.WithCancel(context.Background())
	r.most, r.keys = most, make(map[sharing.Key]struct{})
}

// close ends them all. No further ones begin.
func (r *refreshes) close() {
	r.mu.Lock()
	r.most = 0
	r.mu.Unlock()
	r.end()
	r.running.Wait()
}

// start does work beside the request that wants it, unless that is being done or there is too much already. The context of the
// work has the values of ctx, and ends with the Cache.
func (r *refreshes) start(ctx context.Context, key sharing.Key, work func(ctx context.Context)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.keys[key]; known || len(r.keys) >= r.most {
		return
	}
	r.keys[key] = struct{}{}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(r.ctx, cancel)
	r.running.Go(func() {
		defer func() {
			stop()
			cancel()
			r.mu.Lock()
			defer r.mu.Unlock()
			delete(r.keys, key)
		}()
		work(ctx)
	})
}

// refresh asks for an answer anew, for those who will come. Whoever does not find it meanwhile waits for it, too.
func (c *Cache) refresh(ctx context.Context, q *Question, key sharing.Key) {
	c.refreshes.start(ctx, key, func(ctx context.Context) {
		again := *q
		again.Asker, again.Until = repeating{q.Asker}, time.Now().Add(c.Timeout)
		err := problem.Guard(func() error {
			_, _, err := c.fly(ctx, &again, key)
			return err
		})
		if err != nil && ctx.Err() == nil {
			c.Log.ErrorContext(ctx, "answer not refreshed", "error", err.Error())
		}
	})
}

// repeating is an Asker once more, for nobody.
type repeating struct{ Asker }

// Run implements Asker.
func (r repeating) Run(ctx context.Context) Executed { return r.Again(ctx) }
