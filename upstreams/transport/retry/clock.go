package retry

import (
	"sync/atomic"
	"time"
)

// clock is a timer that one attempt after the other uses: a new one costs most of what an attempt does here. It may ring for an
// attempt though that was set by the one before, so whoever hears it looks at the time.
type clock struct {
	timer *time.Timer
	of    atomic.Pointer[try] // nil while nobody uses it
}

// clock returns one that rings for an attempt after a time.
func (t *Transport) clock(of *try, after time.Duration) *clock {
	c, ok := t.clocks.Get().(*clock)
	if !ok {
		c = new(clock)
	}
	c.of.Store(of)
	if ok {
		c.timer.Reset(after)
	} else {
		c.timer = time.AfterFunc(after, c.ring)
	}
	return c
}

func (c *clock) ring() {
	if of := c.of.Load(); of != nil {
		of.look()
	}
}

// leave takes back a clock that its attempt needs no more. One that has just rung is not used again.
func (t *Transport) leave(c *clock) {
	c.of.Store(nil)
	if c.timer.Stop() {
		t.clocks.Put(c)
	}
}
