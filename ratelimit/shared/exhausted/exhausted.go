// Package exhausted answers which counters have nothing left, as far as was seen when they were last asked.
//
// Who has nothing left and keeps asking is refused by it before anything else is done, and without asking other machines.
package exhausted

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Counters remembers some counters. The zero Counters remembers none, and is not to be used: see New. It is safe for concurrent
// use.
type Counters struct {
	most  int
	count atomic.Int64 // how many there are, so that one who is not among a few needs no lock

	mu    sync.RWMutex
	until map[string]time.Time
}

// New remembers at most so many counters. Of further ones nobody knows.
func New(most int) *Counters { return &Counters{most: most, until: make(map[string]time.Time)} }

// Blocked is how long a counter will still have nothing left, 0 where that is not known. It is the wait of whoever was last
// refused: who costs less might pass earlier.
func (c *Counters) Blocked(key string) time.Duration {
	if c.count.Load() == 0 {
		return 0
	}
	c.mu.RLock()
	until, known := c.until[key]
	c.mu.RUnlock()
	if !known {
		return 0
	}
	return max(0, time.Until(until))
}

// Note remembers of a reservation, after a store has decided about it, which of its counters have nothing left, and for how long.
func (c *Counters) Note(r *charge.Reservation) {
	for i := range r.Charges {
		each := &r.Charges[i]
		switch {
		case each.Remaining == 0 && each.Wait > 0:
			c.add(each.Key, each.Wait)
		case each.Remaining > 0:
			c.Forget(each.Key)
		}
	}
}

// Forget is for a counter that may have something left again.
func (c *Counters) Forget(key string) {
	if c.count.Load() == 0 {
		return
	}
	c.mu.RLock()
	_, known := c.until[key]
	c.mu.RUnlock()
	if !known {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.until, key)
	c.count.Store(int64(len(c.until)))
}

// Clear is for counters that are others from now on.
func (c *Counters) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.until)
	c.count.Store(0)
}

func (c *Counters) add(key string, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.until[key]; !known {
		if !c.room() {
			return
		}
		key = strings.Clone(key) // a part of a longer text would keep all of it
	}
	c.until[key] = time.Now().Add(wait)
	c.count.Store(int64(len(c.until)))
}

// looked is how many are looked at for one that is over, when there is no room.
const looked = 16

// room makes room for one more, if there is one among some whose time is over.
func (c *Counters) room() bool {
	if len(c.until) < c.most {
		return true
	}
	now, left := time.Now(), looked
	for key, until := range c.until {
		if !until.After(now) {
			delete(c.until, key)
		}
		left--
		if left == 0 {
			break
		}
	}
	return len(c.until) < c.most
}
