package tests

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// crossing is where calls wait for each other, so that what happens at the same time happens in many orders.
type crossing struct {
	share int // so many of a hundred calls wait

	mu      sync.Mutex
	random  *rand.Rand
	waiting []chan struct{}
	coming  chan struct{} // closed when somebody arrives, nil if nobody wants to know
}

// pass waits now and then, and now and then lets somebody go who does.
func (c *crossing) pass(ctx context.Context) {
	gone := c.arrive()
	if gone == nil {
		return
	}
	select {
	case <-gone:
	case <-ctx.Done():
	}
}

func (c *crossing) arrive() (gone chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.coming != nil {
		close(c.coming)
		c.coming = nil
	}
	if c.random.IntN(2) == 0 {
		c.letGo()
	}
	if c.random.IntN(100) < c.share {
		gone = make(chan struct{})
		c.waiting = append(c.waiting, gone)
	}
	return gone
}

func (c *crossing) letGo() {
	if len(c.waiting) == 0 {
		return
	}
	i, last := c.random.IntN(len(c.waiting)), len(c.waiting)-1
	close(c.waiting[i])
	c.waiting[i] = c.waiting[last]
	c.waiting = c.waiting[:last]
}

// next is closed when the next one arrives.
func (c *crossing) next() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.coming == nil {
		c.coming = make(chan struct{})
	}
	return c.coming
}

// run lets somebody go from time to time until ctx ends: those who wait may be all that there are.
func (c *crossing) run(ctx context.Context) {
	ticks := time.NewTicker(time.Millisecond)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			c.mu.Lock()
			c.letGo()
			c.mu.Unlock()
		}
	}
}
