package direct

import (
	"context"
	"time"
)

// How often it is looked which clients have left: at first tick after tick, and for requests that last for long once in a while.
// Few requests last for a tick, so that most cost nothing.
const (
	tick     = 100 * time.Millisecond
	longWait = 10 // ticks
)

// watch ends the contexts of requests whose clients have left. net/http reads on a goroutine of its own for each request, to
// learn of that at once.
func (s *Server) watch(ctx context.Context) {
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		for _, c := range s.busy() {
			if c.plain.Gone() {
				c.interrupt()
			}
		}
	}
}

// busy are the connections that are to be looked at now.
func (s *Server) busy() (all []*connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		if c.due() {
			all = append(all, c)
		}
	}
	return all
}
