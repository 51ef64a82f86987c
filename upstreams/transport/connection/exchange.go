package connection

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

var (
	errLongHeader = errors.New("the header is longer than is read of it")
	errUnasked    = errors.New("the service changed the protocol, which it was not asked for")
	errUnsent     = errors.New("the request was not sent")
	errStale      = errors.New("the service has closed the connection, or sent what nobody asked for")
)

// exchange is a request on its way, and the wait for its answer.
type exchange struct {
	transport *Transport
	req       *http.Request // as the caller gave it
	sent      *http.Request // the same, with a body of its own when it is sent again
	trace     *httptrace.ClientTrace
	unsent    error // why not all of the request was sent
}

func newExchange(t *Transport, req *http.Request) exchange {
	x := exchange{transport: t, req: req, sent: req, trace: httptrace.ContextClientTrace(req.Context())}
	if x.trace == nil {
		x.trace = new(httptrace.ClientTrace)
	}
	return x
}

// over makes the exchange over a connection, and gives that back or closes it at its end, which may be that of the body.
func (x *exchange) over(c *conn) (*http.Response, error) {
	c.begin(x, x.transport.maxHeader)
	stop := attempt.OnEnd(x.req.Context(), c.drop)
	res, err := x.ask(c)
	if err != nil {
		stop()
		c.drop()
		return nil, x.why(err)
	}
	res.Request = x.req
	c.room = unlimited
	keep := !res.Close && res.StatusCode >= http.StatusOK
	if res.Body == http.NoBody {
		c.leave(stop, keep)
		return res, nil
	}
	b := &body{text: res.Body, exchange: x.req.Context(), conn: c, stop: stop, keep: keep}
	if int64(c.reader.Buffered()) >= res.ContentLength {
		b.here = max(res.ContentLength, 0) // -1 is one that nobody knows
	}
	res.Body = b
	return res, nil
}

// got tells of the connection that the request is sent on.
func (x *exchange) got(c *conn) {
	if x.trace.GotConn == nil {
		return
	}
	info := httptrace.GotConnInfo{Conn: c.Conn, Reused: c.reused, WasIdle: c.reused}
	if c.reused {
		info.IdleTime = time.Since(c.since)
	}
	x.trace.GotConn(info)
}

// ask has the request written and reads the answer's header.
func (x *exchange) ask(c *conn) (*http.Response, error) {
	res, err := x.read(c)
	switch {
	case err == nil:
		return res, nil
	case x.unsent != nil:
		return nil, fmt.Errorf("send request: %w", x.unsent)
	case c.room <= 0:
		err = errLongHeader
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return nil, fmt.Errorf("read answer: %w", err)
}

// send writes the request, and reports whether there may be an answer. A service may answer before it has read everything, and
// close: so there may be one though not all could be written.
func (x *exchange) send(c *conn) bool {
	x.got(c)
	x.unsent = x.write(c)
	return x.unsent == nil || c.wrote > 0 && c.failure != nil
}

// writeBuffer is how much of a request is written at once, in bytes: nearly always all of it.
const writeBuffer = 16 << 10

// write sends the request, and closes its body.
func (x *exchange) write(c *conn) error {
	writer, ok := x.transport.writers.Get().(*bufio.Writer)
	if !ok {
		writer = bufio.NewWriterSize(nil, writeBuffer)
	}
	defer x.transport.writers.Put(writer)
	writer.Reset(c)
	defer writer.Reset(nil)
	if !x.bare() || !writeHead(writer, x.sent) {
		if err := x.sent.Write(writer); err != nil {
			return err
		}
	}
	return writer.Flush()
}

// read waits for the answer's header, once the request is sent, and passes over those that come before it (1xx).
func (x *exchange) read(c *conn) (*http.Response, error) {
	if _, err := c.reader.Peek(1); err != nil {
		return nil, err
	}
	c.answered = true
	if x.trace.GotFirstResponseByte != nil {
		x.trace.GotFirstResponseByte()
	}
	for {
		res, err := http.ReadResponse(c.reader, x.sent)
		switch {
		case err != nil:
			return nil, err
		case res.StatusCode == http.StatusSwitchingProtocols:
			return nil, errUnasked // RFC 9110, section 7.8, forbids it
		case res.StatusCode < 100 || res.StatusCode > 199:
			return res, nil
		case x.trace.Got1xxResponse != nil:
			if err := x.trace.Got1xxResponse(res.StatusCode, textproto.MIMEHeader(res.Header)); err != nil {
				return nil, err
			}
		}
	}
}

// repeatable reports whether a request that failed on a kept connection may be sent once more: when nothing came back, as it is
// where the service had closed the connection. Then a request of which nothing was sent can be repeated whatever it asks for, and
// another where that makes no difference.
func (x *exchange) repeatable(c *conn) bool {
	return x.ended() == nil && c.failure != nil && !c.answered && (c.wrote == 0 || idempotent(x.req))
}

// idempotent reports whether net/http would send a request twice.
func idempotent(req *http.Request) bool {
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return req.Header["Idempotency-Key"] != nil || req.Header["X-Idempotency-Key"] != nil
}

// rewind has the body start again.
func (x *exchange) rewind() error {
	if x.req.GetBody == nil {
		return nil
	}
	again, err := x.req.GetBody()
	if err != nil {
		return fmt.Errorf("read the request again: %w", err)
	}
	sent := *x.req
	sent.Body = again
	x.sent = &sent
	return nil
}

// closeBody closes the body of a request that was not sent.
func (x *exchange) closeBody() {
	if x.sent.Body != nil {
		_ = x.sent.Body.Close() // it was only read
	}
}

// ended is why the request's context has ended, nil while it has not.
func (x *exchange) ended() error {
	return context.Cause(x.req.Context())
}

// why is the reason for a failure: a context that has ended, if it has, since that closes the connection.
func (x *exchange) why(err error) error {
	if cause := x.ended(); cause != nil {
		return cause
	}
	return err
}
