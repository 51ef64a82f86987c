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
func (c *conn) SetReadDeadline(t time.Time) error { return c.clock.change(t) }

// SetWriteDeadline is net.Conn's.
func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.writing.change(t)
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
	for {
		if err := c.clock.begin(); err != nil {
			return 0, err
		}
		n, err := c.Conn.Read(p)
		if again := c.clock.end(err); !again || n > 0 {
			return n, err //nolint:wrapcheck // net/http looks for timeouts
		}
	}
}

// Write writes under the deadline.
func (c *conn) Write(p []byte) (written int, err error) {
	for {
		if err := c.writing.begin(); err != nil {
			return written, err
		}
		n, err := c.Conn.Write(p[written:])
		written += n
		if again := c.writing.end(err); !again {
			return written, err //nolint:wrapcheck // net/http looks for timeouts
		}
	}
}

func (c *clock) change(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.want(c.sooner(t))
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
