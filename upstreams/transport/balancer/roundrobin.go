package balancer

import (
	"context"
	"sync"
	"time"
)

// roundRobin takes one after the other, by weight, and spreads those of one endpoint over the round: with weights 5, 1 and 1
// the order is aabacaa. It is nginx's smooth weighted round robin: each turn, everybody gains their weight, and whoever
// has most is picked and pays the sum.
type roundRobin struct {
	mu sync.Mutex // guards the credits of all endpoints
}

func (r *roundRobin) pick(_ context.Context, from tier, now time.Duration) *endpoint {
	r.mu.Lock()
	defer r.mu.Unlock()
	var first *endpoint
	sum := 0.0
	for i := range from.candidates {
		c := &from.candidates[i]
		part := c.part(now)
		c.credit += part
		sum += part
		if first == nil || c.credit > first.credit {
			first = c.endpoint
		}
	}
	first.credit -= sum
	return first
}
