package connection

import (
	"sync"
	"time"
)

// idle are the connections that are kept for the next exchange. The one that was used last is taken first, so that those that are
// too many grow old.
type idle struct {
	most    int
	longest time.Duration // 0 is for ever
	epoch   time.Time     // times are counted from it: those cost less to read

	mu      sync.Mutex
	conns   []*conn // the oldest first
	sweeper *time.Timer
	armed   bool // the sweeper will run
	closing bool // those that come back are closed: nothing has begun since
}

// take returns a connection that is not too old, or nil where there is none.
func (i *idle) take() *conn {
	for {
		c := i.pop()
		if c == nil || !i.old(c, i.now()) {
			return c
		}
		c.drop()
	}
}

func (i *idle) pop() *conn {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closing = false
	last := len(i.conns) - 1
	if last < 0 {
		return nil
	}
	c := i.conns[last]
	i.conns[last] = nil
	i.conns = i.conns[:last]
	return c
}

// now is the time since the epoch.
func (i *idle) now() time.Duration { return time.Since(i.epoch) }

func (i *idle) old(c *conn, now time.Duration) bool {
	return i.longest > 0 && now-c.since >= i.longest
}

// put keeps a connection, or closes it where there are enough.
func (i *idle) put(c *conn) {
	if !i.push(c) {
		c.drop()
	}
}

func (i *idle) push(c *conn) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closing || len(i.conns) >= i.most {
		return false
	}
	c.reused, c.since = true, i.now()
	i.conns = append(i.conns, c)
	if !i.armed && i.longest > 0 {
		i.arm(i.longest)
	}
	return true
}

// arm has the connections swept after a while. The caller holds the lock.
func (i *idle) arm(after time.Duration) {
	i.armed = true
	if i.sweeper == nil {
		i.sweeper = time.AfterFunc(after, i.sweep)
		return
	}
	i.sweeper.Reset(after)
}

// sweep closes what is too old, and comes back for the rest.
func (i *idle) sweep() {
	for _, each := range i.stale(i.now()) {
		each.drop()
	}
}

func (i *idle) stale(now time.Duration) []*conn {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := 0
	for n < len(i.conns) && i.old(i.conns[n], now) {
		n++
	}
	stale := append([]*conn(nil), i.conns[:n]...)
	kept := copy(i.conns, i.conns[n:])
	clear(i.conns[kept:])
	i.conns = i.conns[:kept]
	i.armed = kept > 0
	if i.armed {
		i.arm(i.conns[0].since + i.longest - now)
	}
	return stale
}

// close closes all that are kept.
func (i *idle) close() {
	for _, each := range i.all() {
		each.drop()
	}
}

func (i *idle) all() []*conn {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := i.conns
	i.conns, i.closing = nil, true
	if i.armed {
		i.sweeper.Stop()
		i.armed = false
	}
	return all
}
