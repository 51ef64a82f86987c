package framing

import (
	"net"
	"sync"
	"time"
)

// clock knows the read deadline of a connection: the one that net/http set, or an earlier one while a header section comes in.
//
// Where net/http has set none it is not waiting for a request but watching whether the client leaves, and must not be disturbed.
type clock struct {
	limit time.Duration
	begun bool // as Read knows it

	mu       sync.Mutex
	running  bool // as SetReadDeadline knows it
	deadline time.Time
}

// SetReadDeadline is net.Conn's.
func (c *conn) SetReadDeadline(t time.Time) error {
	return c.clock.set(t, c.Conn.SetReadDeadline)
}

// SetDeadline is net.Conn's.
func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetWriteDeadline(t); err != nil {
		return err //nolint:wrapcheck // as if it were called there
	}
	return c.SetReadDeadline(t)
}

func (c *clock) set(t time.Time, apply func(time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return apply(c.sooner(t))
}

// mind starts the time of a header section when its first bytes are there, and stops it when it has ended. net/http sets the
// deadline of what follows by itself.
func (c *clock) mind(inner net.Conn, begun bool) error {
	if begun == c.begun || c.limit <= 0 {
		return nil
	}
	c.begun = begun
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = begun
	if !begun || c.deadline.IsZero() {
		return nil
	}
	return inner.SetReadDeadline(c.sooner(c.deadline)) //nolint:wrapcheck // it is Read's error
}

// sooner is t, or the end of a header section's time.
func (c *clock) sooner(t time.Time) time.Time {
	if !c.running || t.IsZero() {
		return t
	}
	if limit := time.Now().Add(c.limit); limit.Before(t) {
		return limit
	}
	return t
}

// forget stops the time for good.
func (c *clock) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = false
}
