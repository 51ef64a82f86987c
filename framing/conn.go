package framing

import (
	"errors"
	"io"
	"net"
	"sync/atomic"

	"github.com/concierge-gateway/concierge/problem"
)

// brokenChunk is what net/http gets to read in the place of chunks or trailers that are refused. None of the readers that may be
// next takes it, so that the content never ends: "!" is no size, no end of a line and no field.
const brokenChunk = "!!\r\n\r\n"

// errEarly ends a connection whose client sends more than a connection may hold before it knows which protocol it speaks.
var errEarly = errors.New("too many bytes came before the answer to an upgrade")

// conn is a connection behind the guard. Read is called by one goroutine at a time, as net/http does.
type conn struct {
	net.Conn
	guard   *Guard
	clock   clock
	writing deadline

	judge    judge
	held     held
	ready    int    // how much of what is held was let through
	standIn  string // what is left of what is read in the place of what was refused
	refused  bool   // nothing is let through any more
	answered atomic.Int64
	taken    atomic.Bool   // by a handler: what comes is no HTTP
	broken   atomic.Uint32 // the reason why the content of the last request was refused
}

func (g *Guard) watch(inner net.Conn) *conn {
	return &conn{
		Conn:    inner,
		guard:   g,
		clock:   clock{deadline: deadline{set: inner.SetReadDeadline}, limit: g.settings.HeaderTimeout},
		writing: deadline{set: inner.SetWriteDeadline},
		judge:   judge{maxHead: int(g.settings.MaxHeader)},
		held:    held{pool: &g.blocks},
	}
}

func (c *conn) watched() *conn { return c }

// CloseWrite is how net/http says that no more is coming before it closes a connection whose client still sends.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite() //nolint:wrapcheck // as if it were called there
	}
	return errors.ErrUnsupported
}

// Read gives what was let through, or what stands in for it. A Read that is interrupted loses nothing.
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		switch {
		case c.taken.Load():
			return c.readTaken(p)
		case c.ready > 0:
			n := c.held.take(p, c.ready)
			c.ready -= n
			return n, nil
		case c.standIn != "":
			n := copy(p, c.standIn)
			c.standIn = c.standIn[n:]
			return n, nil
		case c.refused:
			return 0, c.readRefused()
		case c.judge.state == waiting && c.judge.asked == c.answered.Load():
			c.judge.goOn()
			c.ready = c.let(c.held.all())
			c.mind()
			continue
		}
		n, err := c.readMore(p)
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// readMore reads from the connection and judges what came. Where nothing is held that is done in p itself, so that most bytes are
// never copied; what may not be handed on is behind the end of what is returned.
func (c *conn) readMore(p []byte) (int, error) {
	if c.held.empty() {
		n, err := c.read(p)
		if n == 0 {
			return 0, err
		}
		ok := c.let(p[:n])
		if !c.refused {
			c.held.keep(p[ok:n])
		}
		c.mind()
		return ok, nil
	}
	if c.judge.state == waiting && len(c.held.all()) > int(c.guard.settings.MaxHeader) {
		return 0, errEarly
	}
	n, err := c.read(c.held.room())
	if n == 0 {
		return 0, err
	}
	c.held.added(n)
	c.ready = c.let(c.held.all())
	c.mind()
	return 0, nil
}

// let judges bytes and tells how many of them are let through.
func (c *conn) let(b []byte) int {
	ok, r := c.judge.look(b)
	if r != none {
		c.refuse(r)
	}
	return ok
}

// mind keeps the time for a header section that has begun.
func (c *conn) mind() {
	c.clock.mind(c.judge.state == inHead && !c.refused && len(c.held.all()) > c.ready)
}

// refuse puts something in the place of what may not be read.
func (c *conn) refuse(r reason) {
	c.refused = true
	c.guard.refused[r].Inc()
	if c.judge.inMessage() {
		c.broken.Store(uint32(r))
		c.standIn = brokenChunk
		return
	}
	c.standIn = c.guard.standIns[r]
}

// readRefused reads on and throws away, so that net/http can see that the client leaves, and the answer is not lost to a reset.
// It returns once that is so, or the connection is closed here. Within a request there is nothing to wait for.
func (c *conn) readRefused() error {
	if c.broken.Load() != 0 {
		return io.EOF
	}
	if c.held.empty() {
		c.held.room()
	}
	for {
		if _, err := c.read(c.held.bytes[:cap(c.held.bytes)]); err != nil {
			return err
		}
	}
}

// readTaken reads for a handler that took the connection, at first what had come early.
func (c *conn) readTaken(p []byte) (int, error) {
	switch {
	case c.refused:
		return 0, io.EOF
	case !c.held.empty():
		return c.held.take(p, len(c.held.all())), nil
	default:
		return c.read(p)
	}
}

// letGo ends the guard's work: a handler has the connection.
func (c *conn) letGo() {
	c.taken.Store(true)
	c.clock.forget()
}

// problem is what was wrong with the content of the last request, or nil.
func (c *conn) problem() *problem.Error {
	if r := reason(c.broken.Load()); r != none { //nolint:gosec // it was a reason when it was stored
		return r.problem()
	}
	return nil
}
