package framing

import (
	"sync"
	"time"
)

// deadline is that of one direction of a connection.
//
// net/http sets eight deadlines for each request, and waits under four of them. Each is a timer to the runtime, and a timer that
// is set anew may wake a thread that has to know the next to end. So the connection gets to know a deadline when it is used, or
// while it is.
type deadline struct {
	eager bool // it gets to know each at once

	mu      sync.Mutex
	users   int // who wait under it now
	wanted  time.Time
	applied time.Time
}

// begin is called before the connection is used. set sets its deadline.
func (d *deadline) begin(set func(time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.users++
	return d.apply(set)
}

// end is called when the use is over.
func (d *deadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.users--
}

// change sets another deadline.
func (d *deadline) change(t time.Time, set func(time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.want(t, set)
}

// want is change for whoever holds the lock.
func (d *deadline) want(t time.Time, set func(time.Time) error) error {
	d.wanted = t
	if d.users > 0 || d.eager {
		return d.apply(set)
	}
	return nil
}

func (d *deadline) apply(set func(time.Time) error) error {
	if d.applied.Equal(d.wanted) {
		return nil
	}
	d.applied = d.wanted
	return set(d.wanted)
}
