package connection

import (
	"bufio"
	"context"
	"math"
	"net"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// conn is a connection to the endpoint. One exchange at a time uses it.
type conn struct {
	net.Conn
	home   *Transport
	again  *again      // nil where nobody can look whether it is as it was left
	send   func() bool // sends the request of the exchange; made once
	drop   func()      // closes it, from any goroutine
	reused bool
	since  time.Duration // when its last exchange ended, as the idle connections count

	// What follows is of one exchange.
	reader   *bufio.Reader
	asks     *exchange // nil once its request has been sent
	room     int64     // bytes that may still be read
	wrote    int64     // bytes
	answered bool      // the first byte has come
	failure  error     // of the network, the first
}

// unlimited is the room for bodies: who reads them knows how much is too much.
const unlimited = math.MaxInt64

// readBuffer is how much of an answer is read at once, in bytes: mostly all of it. A read costs more than to copy what it brings.
const readBuffer = 32 << 10

// connect makes a new connection.
func (t *Transport) connect(ctx context.Context) (*conn, error) {
	made, err := t.dial(ctx, "tcp", t.address)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: made, home: t, again: newAgain(made)}
	c.send = func() bool { return c.asks.send(c) }
	c.drop = func() { _ = made.Close() } // nobody is left whom an error would concern
	return c, nil
}

// begin makes the connection ready for the next exchange, whose answer may have a header of so many bytes.
func (c *conn) begin(x *exchange, maxHeader int64) {
	c.asks, c.room, c.wrote, c.answered = x, maxHeader, 0, false
	c.reader = c.home.reader(c)
}

// reader returns one that reads from a connection.
func (t *Transport) reader(c *conn) *bufio.Reader {
	reader, ok := t.readers.Get().(*bufio.Reader)
	if !ok {
		return bufio.NewReaderSize(c, readBuffer)
	}
	reader.Reset(c)
	return reader
}

// takeBack keeps a reader for another exchange.
func (t *Transport) takeBack(reader *bufio.Reader) {
	reader.Reset(nil)
	t.readers.Put(reader)
}

// Read reads no more than there is room for. The first Read of an exchange sends its request before.
func (c *conn) Read(into []byte) (int, error) {
	if c.room <= 0 {
		return 0, errLongHeader
	}
	into = into[:min(int64(len(into)), c.room)]
	if c.asks != nil {
		return c.ask(into)
	}
	return c.took(c.Conn.Read(into))
}

// ask sends the request, and reads the first of its answer. The error is errStale or errUnsent where there will be none.
func (c *conn) ask(into []byte) (n int, err error) {
	defer func() { c.asks = nil }()
	switch {
	case c.reused && c.again != nil:
		n, err = c.again.read(into, c.send)
		if err == errStale || err == errUnsent { //nolint:errorlint // nobody has wrapped them
			return 0, err
		}
		return c.took(n, err)
	case !c.send():
		return 0, errUnsent
	default:
		return c.took(c.Conn.Read(into))
	}
}

// took counts what was read.
func (c *conn) took(n int, err error) (int, error) {
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

// leave ends an exchange, of whose answer nothing is left in the reader that anybody wants.
func (c *conn) leave(stop attempt.Stopper, keep bool) {
	if reader := c.part(stop, keep); reader != nil {
		c.home.takeBack(reader)
	}
}

// part ends an exchange. The connection is kept for another where nothing speaks against it: the answer, what came after it, or
// a context that has ended, which closes the connection as soon as it gets to it. Nobody reads from one that is kept: it has no
// reader, and what it had is returned. Otherwise somebody may still read, and nil is returned.
func (c *conn) part(stop attempt.Stopper, keep bool) *bufio.Reader {
	if stop.Stop() && keep && c.failure == nil && c.reader.Buffered() == 0 {
		reader := c.reader
		c.reader = nil
		c.home.idle.put(c)
		return reader
	}
	c.drop()
	return nil
}
