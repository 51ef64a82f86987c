package framing

import (
	"errors"
	"os"
	"sync"
	"time"
)

// deadline is that of one direction of a connection.
//
// net/http sets eight deadlines for each request, and waits under four of them. Each is a timer to the runtime, and a timer that
// is set anew may wake a thread that has to know the next to end. So the connection gets to know one when it is used, or while it
// is, and only where it ends sooner than the one that it knows. Where that one turns out to end too soon, its user goes on.
type deadline struct {
	set   func(time.Time) error // the connection's
	eager bool                  // it gets to know each at once

	mu      sync.Mutex
	users   int // who wait under it now
	wanted  time.Time
	applied time.Time
	expired bool // the one that is applied has ended, as somebody has found out
}

// begin is called before the connection is used.
func (d *deadline) begin() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.users++
	return d.apply()
}

// end is called when the use is over, with its error. again is true where that is a deadline which nobody wants any more.
func (d *deadline) end(err error) (again bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.users--
	if err == nil || d.applied.IsZero() || !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	d.expired = true
	return d.wanted.IsZero() || time.Now().Before(d.wanted)
}

// change sets another deadline.
func (d *deadline) change(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.want(t)
}

// want is change for whoever holds the lock.
func (d *deadline) want(t time.Time) error {
	d.wanted = t
	if d.users > 0 || d.eager {
		return d.apply()
	}
	return nil
}

func (d *deadline) apply() error {
	sooner := !d.wanted.IsZero() && (d.applied.IsZero() || d.wanted.Before(d.applied))
	if !sooner && !d.expired && !d.eager {
		return nil
	}
	d.applied, d.expired = d.wanted, false
	return d.set(d.wanted)
}
