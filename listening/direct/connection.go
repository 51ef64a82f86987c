package direct

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/framing"
)

// connection is one whose requests are read and answered one after the other, on one goroutine.
type connection struct {
	server *Server
	plain  *framing.Plain
	nc     net.Conn // the same, as net/http gets it
	remote string
	ctx    context.Context //nolint:containedctx // of all its requests
	since  time.Time

	asked atomic.Bool              // for something, once at least
	kept  atomic.Bool              // from being closed: net/http gets it
	now   atomic.Pointer[response] // to the request that is under way, nil while there is none

	// What only the watch knows: which answer it has seen last, and for how many ticks.
	seen *response
	age  int
}

func (s *Server) connect(plain *framing.Plain, nc net.Conn) *connection {
	ctx := context.WithValue(s.ctx, http.LocalAddrContextKey, nc.LocalAddr())
	if s.inner.ConnContext != nil {
		ctx = s.inner.ConnContext(ctx, nc)
	}
	return &connection{server: s, plain: plain, nc: nc, remote: nc.RemoteAddr().String(), ctx: ctx, since: time.Now()}
}

// serve answers until the connection ends, or is handed over.
func (c *connection) serve() {
	defer c.end()
	until := c.within(c.server.inner.ReadHeaderTimeout)
	for {
		head, err := c.plain.Next(until)
		switch {
		case errors.Is(err, framing.ErrRefused):
			c.handOver(refused)
			return
		case err != nil:
			return // nobody waits for an answer
		}
		w, why := c.open(head)
		if w == nil {
			c.handOver(why)
			return
		}
		c.plain.Take()
		if !c.answer(w) {
			return
		}
		until = c.within(c.server.inner.IdleTimeout)
	}
}

// answer has the handler answer, and reports whether the connection can be kept.
func (c *connection) answer(w *response) (keep bool) {
	c.now.Store(w)
	if c.server.cut.Load() {
		w.life.end()
	}
	c.asked.Store(true)
	inner := c.server.inner
	w.failed = c.plain.SetWriteDeadline(c.within(inner.WriteTimeout))
	if c.plain.Left() > 0 {
		w.failed = errors.Join(w.failed, c.plain.SetReadDeadline(c.within(inner.ReadTimeout)))
	}
	inner.Handler.ServeHTTP(w, w.request)
	w.life.end()
	w.finish()
	c.now.Store(nil)
	return w.keeps()
}

// never is longer than any connection lasts.
const never = 10 * 365 * 24 * time.Hour

// within is the end of a time that begins now, where 0s bounds nothing.
func (*connection) within(bound time.Duration) time.Time {
	if bound <= 0 {
		bound = never
	}
	return time.Now().Add(bound)
}

// end closes the connection where it was not handed over. What a handler panics with is logged as net/http does.
func (c *connection) end() {
	if err := recover(); err != nil && err != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
		const most = 64 << 10
		stack := make([]byte, most)
		stack = stack[:runtime.Stack(stack, false)]
		c.server.inner.ErrorLog.Printf("http: panic serving %v: %v\n%s", c.remote, err, stack)
	}
	w := c.now.Load()
	if w != nil {
		w.abandon()
	}
	if !c.kept.Load() {
		_ = c.plain.Close() // whoever is there sees it
	}
	if w != nil {
		_ = w.content.Close() // there is nothing to come
	}
	c.server.forget(c)
}

// handOver leaves the connection to net/http, from the request on that was not taken.
func (c *connection) handOver(why reason) {
	c.kept.Store(true)
	if err := c.plain.HandOver(); err != nil {
		_ = c.plain.Close() // nobody could be answered on it
		return
	}
	c.server.over.expect(c.nc)
	c.server.handOver(c.nc, why)
}

// unused reports whether nobody waits for an answer, or is about to.
func (c *connection) unused(now time.Time) bool {
	return c.now.Load() == nil && !c.kept.Load() && (c.asked.Load() || now.Sub(c.since) > fresh)
}

// due reports whether it is time to look whether the client has left, who has sent all of a request and waits for its answer. It
// is asked once in each tick.
func (c *connection) due() bool {
	w := c.now.Load()
	if w == nil || w != c.seen {
		c.seen, c.age = w, 0
		return false
	}
	c.age++
	return (c.age < longWait || c.age%longWait == 0) && w.content.over()
}

// interrupt ends the context of the request that is under way.
func (c *connection) interrupt() {
	if w := c.now.Load(); w != nil {
		w.life.end()
	}
}
