// Package crew answers whether all work has ended that was begun behind requests' backs.
package crew

import "sync"

// Crew is goroutines that somebody can wait for, while others still begin. It is empty at first, and must not be copied.
type Crew struct {
	mu      sync.RWMutex
	closed  bool
	workers sync.WaitGroup
}

// Go begins one, unless the crew is closed.
func (c *Crew) Go(work func()) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if !c.closed {
		c.workers.Go(work)
	}
	return !c.closed
}

// Wait closes the crew and waits for all.
func (c *Crew) Wait() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.workers.Wait()
}
