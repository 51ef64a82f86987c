package connection

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

var (
	errLongHeader = errors.New("the header is longer than is read of it")
	errUnasked    = errors.New("the service changed the protocol, which it was not asked for")
	errUnsent     = errors.New("the request was not sent")
	errStale      = errors.New("the service has closed the connection, or sent what nobody asked for")
)

// exchange is a request on its way, the wait for its answer, and what is made for that: one piece of memory for all of it.
type exchange struct {
	transport *Transport
	req       *http.Request // as the caller gave it
	sent      *http.Request // the same, with a body of its own when it is sent again
	try       *attempt.Try  // nil where it belongs to no attempt
	watcher   attempt.Watcher
	head      *[]byte // all of a bare request, as it is written; nil for others
	unsent    error   // why not all of the request was sent

	res  usual // where it is one
	rest rest  // of its body
	body body
}

// exchange begins the exchange of a simple request. It is nil for any other.
func (t *Transport) exchange(req *http.Request) *exchange {
	if !t.simple(req) {
		return nil
	}
	x := &exchange{transport: t, req: req, sent: req, try: attempt.Of(req.Context())}
	if x.try != nil {
		x.watcher = x.try.Watcher
	}
	if t.bare(req) && x.prepare() || headerIsPlain(req.Header) {
		return x
	}
	return nil
}

// prepare writes the head of a bare request, where it is one to be written so.
func (x *exchange) prepare() bool {
	head, ok := x.transport.heads.Get().(*[]byte)
	if !ok {
		head = new([]byte)
	}
	if *head, ok = appendHead((*head)[:0], x.req); !ok {
		x.transport.heads.Put(head)
		return false
	}
	x.head = head
	return true
}

// forget gives back what was needed to send the request.
func (x *exchange) forget() {
	if x.head != nil {
		x.transport.heads.Put(x.head)
		x.head = nil
	}
}

// over makes the exchange over a connection, and gives that back or closes it at its end, which may be that of the body.
func (x *exchange) over(c *conn) (*http.Response, error) {
	c.begin(x, x.transport.maxHeader)
	stop := x.try.OnEnd(x.req.Context(), c.drop)
	res, err := x.ask(c)
	if err != nil {
		stop.Stop()
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
	x.body = body{text: res.Body, exchange: x.req.Context(), conn: c, stop: stop, keep: keep}
	if int64(c.reader.Buffered()) >= res.ContentLength {
		x.body.here = max(res.ContentLength, 0) // -1 is one that nobody knows
		x.body.lends = x.body.here >= leastLent && x.try.Lends(res)
	}
	res.Body = &x.body
	return res, nil
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
	if x.watcher != nil {
		x.watcher.Connected(c.reused)
	}
	x.unsent = x.write(c)
	return x.unsent == nil || c.wrote > 0 && c.failure != nil
}

// writeBuffer is how much of a request is written at once, in bytes: nearly always all of it.
const writeBuffer = 16 << 10

// write sends the request, and closes its body.
func (x *exchange) write(c *conn) error {
	if x.head != nil {
		_, err := c.Write(*x.head)
		return err
	}
	writer, ok := x.transport.writers.Get().(*bufio.Writer)
	if !ok {
		writer = bufio.NewWriterSize(nil, writeBuffer)
	}
	defer x.transport.writers.Put(writer)
	writer.Reset(c)
	defer writer.Reset(nil)
	if err := x.sent.Write(writer); err != nil {
		return err
	}
	return writer.Flush()
}

// read waits for the answer's header, once the request is sent, and passes over those that come before it (1xx).
func (x *exchange) read(c *conn) (*http.Response, error) {
	if _, err := c.reader.Peek(1); err != nil {
		return nil, err
	}
	c.answered = true
	if x.watcher != nil {
		x.watcher.Begun()
	}
	for {
		if x.readUsual(c) {
			return &x.res.Response, nil
		}
		res, err := http.ReadResponse(c.reader, x.sent)
		switch {
		case err != nil:
			return nil, err
		case res.StatusCode == http.StatusSwitchingProtocols:
			return nil, errUnasked // RFC 9110, section 7.8, forbids it
		case res.StatusCode < 100 || res.StatusCode > 199:
			return res, nil
		}
		if early := attempt.EarlyOf(x.req.Context()); early != nil {
			if err := early.Informational(res.StatusCode, textproto.MIMEHeader(res.Header)); err != nil {
				return nil, err
			}
		}
	}
}

// readUsual reads the header of the answer where all of it is here, and it is a usual one. Otherwise nothing is read.
func (x *exchange) readUsual(c *conn) bool {
	here, _ := c.reader.Peek(c.reader.Buffered()) // it is here
	end := bytes.Index(here, []byte("\r\n\r\n"))
	if end < 0 || x.sent.Method == http.MethodHead || !readUsual(string(here[:end+2]), &x.res) {
		return false
	}
	_, _ = c.reader.Discard(end + 4) // it is here
	if x.res.ContentLength > 0 {
		x.rest = rest{conn: c, left: x.res.ContentLength}
		x.res.Body = &x.rest
	}
	return true
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
	if x.req.Context().Err() == nil { // which most are asked for, and costs less
		return nil
	}
	return context.Cause(x.req.Context())
}

// why is the reason for a failure: a context that has ended, if it has, since that closes the connection.
func (x *exchange) why(err error) error {
	if cause := x.ended(); cause != nil {
		return cause
	}
	return err
}
