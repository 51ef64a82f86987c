package stored

import "sync"

// crew is goroutines that somebody can wait for, while others still begin.
type crew struct {
	mu      sync.RWMutex
	closed  bool
	workers sync.WaitGroup
}

// Go begins one, unless the crew is closed.
func (c *crew) Go(work func()) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if !c.closed {
		c.workers.Go(work)
	}
	return !c.closed
}

// wait closes the crew and waits for all.
func (c *crew) wait() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.workers.Wait()
}
