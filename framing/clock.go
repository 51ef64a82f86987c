package framing

import (
	"time"
)

// clock knows the read deadline of a connection: the one that net/http set, or an earlier one while a header section comes in.
//
// Where net/http has set none it is not waiting for a request but watching whether the client leaves, and must not be disturbed.
type clock struct {
	deadline
	limit   time.Duration
	begun   bool // as Read knows it
	running bool // as SetReadDeadline knows it; guarded by the deadline's lock
}

// SetReadDeadline is net.Conn's.
func (c *conn) SetReadDeadline(t time.Time) error { return c.clock.set(t, c.Conn.SetReadDeadline) }

// SetWriteDeadline is net.Conn's.
func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.writing.change(t, c.Conn.SetWriteDeadline)
}

// SetDeadline is net.Conn's.
func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetWriteDeadline(t); err != nil {
		return err
	}
	return c.SetReadDeadline(t)
}

// read reads under the deadline.
func (c *conn) read(p []byte) (int, error) {
	if err := c.clock.begin(c.Conn.SetReadDeadline); err != nil {
		return 0, err
	}
	defer c.clock.end()
	return c.Conn.Read(p) //nolint:wrapcheck // net/http looks for timeouts
}

// Write writes under the deadline.
func (c *conn) Write(p []byte) (int, error) {
	if err := c.writing.begin(c.Conn.SetWriteDeadline); err != nil {
		return 0, err
	}
	defer c.writing.end()
	return c.Conn.Write(p) //nolint:wrapcheck // net/http looks for timeouts
}

func (c *clock) set(t time.Time, apply func(time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.want(c.sooner(t), apply)
}

// mind starts the time of a header section when its first bytes are there, and stops it when it has ended. net/http sets the
// deadline of what follows by itself. It is called between reads.
func (c *clock) mind(begun bool) {
	if begun == c.begun || c.limit <= 0 {
		return
	}
	c.begun = begun
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = begun
	c.wanted = c.sooner(c.wanted)
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
