package retry

import (
	"container/heap"
	"sync"
	"time"
)

// clock ends the attempts of a service that take too long. One timer serves them all, and rings no later than the first of them
// is over: to set one for each and to stop it again would cost most of what an attempt does here, and few ever are late. The zero
// clock watches none. It is safe for concurrent use.
type clock struct {
	mu      sync.Mutex
	timer   *time.Timer // nil until something was to be watched
	ringing bool        // it will, at
	at      time.Time
	watched byDue
	closed  bool // it rings no more once nothing is watched
}

// watch looks after an attempt until it is forgotten or late.
func (c *clock) watch(t *try, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t.due = until
	heap.Push(&c.watched, t)
	c.ringBy(until)
}

// forget looks after an attempt no more.
func (c *clock) forget(t *try) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.place > 0 {
		heap.Remove(&c.watched, int(t.place-1))
	}
	c.rest()
}

// close has it ring for nothing any more but what is watched, and what comes nevertheless.
func (c *clock) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.rest()
}

// rest stops the timer of a closed clock that watches nothing. One that is set keeps the clock in memory, and with it all of its
// service, though the gateway may have another configuration by then. The caller holds the lock.
func (c *clock) rest() {
	if c.closed && c.ringing && len(c.watched) == 0 {
		c.timer.Stop()
		c.ringing = false
	}
}

// hurry looks at an attempt earlier than was thought.
func (c *clock) hurry(t *try, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.place == 0 || !until.Before(t.due) {
		return
	}
	t.due = until
	heap.Fix(&c.watched, int(t.place-1))
	c.ringBy(until)
}

// ring ends what is late. It may ring for attempts that have ended since, or have been given more time.
func (c *clock) ring() {
	for _, each := range c.late(time.Now()) {
		each.timeOut()
	}
}

// late are the attempts whose time is over. They are watched no more. Only those that are due are looked at: where a service
// hangs, many are watched, and each ends at a time of its own.
func (c *clock) late(now time.Time) (late []*try) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ringing = false
	for len(c.watched) > 0 {
		first := c.watched[0]
		if now.Before(first.due) {
			c.ringBy(first.due)
			break
		}
		if until := first.limit(); now.Before(until) {
			first.due = until
			heap.Fix(&c.watched, 0)
			continue
		}
		heap.Pop(&c.watched)
		late = append(late, first)
	}
	return late
}

// ringBy has it ring at a time, or before. The caller holds the lock.
func (c *clock) ringBy(until time.Time) {
	if c.ringing && !until.Before(c.at) {
		return
	}
	c.ringing, c.at = true, until
	after := time.Until(until)
	if c.timer == nil {
		c.timer = time.AfterFunc(after, c.ring)
	} else {
		c.timer.Reset(after)
	}
}

// byDue is a heap of attempts: first is the one that is to be looked at first.
type byDue []*try

// Len implements heap.Interface.
func (b *byDue) Len() int { return len(*b) }

// Less implements heap.Interface.
func (b *byDue) Less(i, k int) bool { return (*b)[i].due.Before((*b)[k].due) }

// Swap implements heap.Interface.
func (b *byDue) Swap(i, k int) {
	one, other := (*b)[i], (*b)[k]
	(*b)[i], (*b)[k] = other, one
	one.place, other.place = other.place, one.place
}

// Push implements heap.Interface.
func (b *byDue) Push(x any) {
	t := x.(*try) //nolint:errcheck,forcetypeassert // nothing else is put there
	*b = append(*b, t)
	t.place = int32(len(*b)) //nolint:gosec // fewer than there are goroutines
}

// Pop implements heap.Interface.
func (b *byDue) Pop() any {
	last := len(*b) - 1
	t := (*b)[last]
	(*b)[last] = nil // or it would be kept from being collected
	*b = (*b)[:last]
	t.place = 0
	return t
}
