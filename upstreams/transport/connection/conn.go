package connection

import (
	"bufio"
	"context"
	"math"
	"net"
	"time"
)

// conn is a connection to the endpoint. One exchange at a time uses it.
type conn struct {
	net.Conn
	home   *idle
	reader *bufio.Reader
	quiet  func() bool // the service has neither closed it nor sent anything
	drop   func()      // closes it, from any goroutine
	reused bool
	since  time.Time // when its last exchange ended

	// What follows is of one exchange.
	room     int64 // bytes that may still be read
	wrote    int64 // bytes
	answered bool  // the first byte has come
	failure  error // of the network, the first
}

// unlimited is the room for bodies: who reads them knows how much is too much.
const unlimited = math.MaxInt64

// connect makes a new connection.
func (t *Transport) connect(ctx context.Context) (*conn, error) {
	made, err := t.dial(ctx, "tcp", t.address)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: made, home: &t.idle, quiet: quiet(made)}
	c.reader = bufio.NewReader(c)
	c.drop = func() { _ = made.Close() } // nobody is left whom an error would concern
	return c, nil
}

// begin makes the connection ready for the next exchange, whose answer may have a header of so many bytes.
func (c *conn) begin(maxHeader int64) {
	c.room, c.wrote, c.answered = maxHeader, 0, false
}

// Read reads no more than there is room for.
func (c *conn) Read(into []byte) (int, error) {
	if c.room <= 0 {
		return 0, errLongHeader
	}
	n, err := c.Conn.Read(into[:min(int64(len(into)), c.room)])
	c.room -= int64(n)
	c.note(err)
	return n, err
}

// Write counts what is written.
func (c *conn) Write(text []byte) (int, error) {
	n, err := c.Conn.Write(text)
	c.wrote += int64(n)
	c.note(err)
	return n, err
}

func (c *conn) note(err error) {
	if c.failure == nil {
		c.failure = err
	}
}

// leave ends an exchange. The connection is kept for another where nothing speaks against it: the answer, what came after it, or
// a context that has ended, which closes the connection as soon as it gets to it.
func (c *conn) leave(stop func() bool, keep bool) {
	if stop() && keep && c.failure == nil && c.reader.Buffered() == 0 {
		c.home.put(c)
		return
	}
	c.drop()
}
