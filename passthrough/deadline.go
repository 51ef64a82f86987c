package passthrough

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// usualIdle ends a stream on which nothing comes. It is longer than the heartbeats that are usual.
const usualIdle = 5 * time.Minute

// afterBody is how long an answer may take once a request's body has had the time of its route.
const afterBody = time.Minute

// patience gives a request the time that its route allows, in the place of the server's.
type patience struct {
	body time.Duration // for all of the request's body; 0 is the server's
	idle time.Duration // for the next bytes of a stream; 0 is no stream
	slow bool          // the service may take longer than the server gives an answer

	total time.Duration // for all of a stream; 0 is no bound
}

func patienceOf(c Route) patience {
	p := patience{body: c.Timeouts.Body, slow: c.Timeouts.Header > 0 || c.Timeouts.Total > 0}
	if c.Raw {
		p.idle, p.total = cmp.Or(c.Timeouts.Idle, usualIdle), c.Timeouts.Total
	}
	return p
}

// stream ends a raw exchange on which nothing moves, in either direction. Its zero value watches nothing.
type stream struct {
	idle   time.Duration
	w      http.ResponseWriter
	cancel context.CancelCauseFunc // of the call that the request's body goes to
	lifted bool                    // the client's connection has no deadline for the answer
	moving atomic.Bool

	mu       sync.Mutex
	clock    *time.Timer
	end      func() // nil where nothing has to move
	owed     bool   // the client has not sent all of its body, and has no deadline for that
	answered bool
}

// errIdle is the cause of an upload's end on which nothing came.
var errIdle = problem.New(problem.UpstreamTimeout, "nothing came for too long")

// upload gives a request the time that its route allows. Most have none of their own, and cost nothing here. The stream must be
// stopped before the handler returns. A writer without deadlines, such as a test's, keeps none.
func (s *stream) upload(w http.ResponseWriter, r *http.Request, p patience) (watched *http.Request) {
	s.idle, s.w = p.idle, w
	sends := r.Body != nil && r.Body != http.NoBody
	if sends && p.body > 0 {
		_ = s.control().SetReadDeadline(time.Now().Add(p.body))
		_ = s.control().SetWriteDeadline(time.Now().Add(p.body + afterBody))
	}
	if s.idle > 0 && (sends || p.slow) {
		s.lift()
	}
	if s.idle == 0 || !sends {
		return r
	}
	if p.body == 0 {
		s.owed = true
		_ = s.control().SetReadDeadline(until(p.total))
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	s.cancel = cancel
	s.start(func() { cancel(errIdle) })
	watched = r.WithContext(ctx)
	watched.Body = &sent{moving{ReadCloser: r.Body, stream: s}}
	return watched
}

// control is how the client's connection gets deadlines.
func (s *stream) control() *http.ResponseController { return http.NewResponseController(s.w) }

// until is the end of a time that begins now, and no end where there is no such time.
func until(bound time.Duration) time.Time {
	if bound == 0 {
		return time.Time{}
	}
	return time.Now().Add(bound)
}

// arrived is called when all of the request's body has come. Until the service answers, nothing has to move.
func (s *stream) arrived() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owed = false
	if !s.answered {
		s.end = nil
	}
}

// short is an answer that is no stream: so many bytes at most, and their number is known.
const short = 1 << 20

// follow watches an answer of which nobody knows how long it takes. One that is short keeps the server's deadline, and one that
// is here already is only to be sent.
func (s *stream) follow(res *http.Response) {
	if s.idle == 0 || res.Body == http.NoBody || attempt.Taken(res) && !s.lifted {
		return
	}
	to, switched := res.Body.(io.Writer)
	if switched || res.ContentLength < 0 || res.ContentLength > short {
		s.lift()
	}
	body := res.Body
	s.answers(func() { _ = body.Close() }) // whoever reads it learns that, and it waits for nobody
	watched := moving{ReadCloser: body, stream: s}
	if switched {
		res.Body = &duplex{moving: watched, to: to}
		return
	}
	res.Body = &watched
}

// lift takes away the server's deadline for the answer: the service has a time of its own for its header, and a stream for
// its pieces.
func (s *stream) lift() {
	if !s.lifted {
		s.lifted = true
		_ = s.control().SetWriteDeadline(time.Time{})
	}
}

func (s *stream) answers(end func()) {
	s.mu.Lock()
	s.answered = true
	s.mu.Unlock()
	s.start(end)
}

// start has end called once nothing has moved for as long as idle.
func (s *stream) start(end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = end
	s.moving.Store(true)
	if s.clock == nil {
		s.clock = time.AfterFunc(s.idle, s.tick)
		return
	}
	s.clock.Reset(s.idle)
}

// tick looks whether something moved since the last time. A clock that is set anew with each piece would cost more.
func (s *stream) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.end == nil:
	case s.moving.Swap(false):
		s.goOn()
	default:
		s.end()
		s.interrupt()
	}
}

// goOn gives a stream more time. The deadline for writing moves along. It is for a client that takes nothing: whoever writes to
// it does not read, and so does not learn that a body was closed.
func (s *stream) goOn() {
	if s.lifted {
		_ = s.control().SetWriteDeadline(time.Now().Add(2 * s.idle))
	}
	s.clock.Reset(s.idle)
}

// interrupt ends a wait for the client's body. net/http gives up a call only when nobody reads its body any more.
func (s *stream) interrupt() {
	if !s.answered {
		_ = s.control().SetReadDeadline(time.Now())
	}
}

// stop ends the watch. What net/http still has to write, or to read of a body that nobody wanted, gets as much time.
func (s *stream) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = nil
	if s.clock != nil {
		s.clock.Stop()
	}
	if s.lifted {
		_ = s.control().SetWriteDeadline(time.Now().Add(s.idle))
	}
	if s.owed {
		_ = s.control().SetReadDeadline(time.Now().Add(s.idle))
	}
	if s.cancel != nil {
		s.cancel(context.Canceled)
	}
}

// moving is a body that says when something of it came.
type moving struct {
	io.ReadCloser

	stream *stream
}

func (m *moving) Read(into []byte) (int, error) {
	n, err := m.ReadCloser.Read(into)
	if n > 0 {
		m.stream.moving.Store(true)
	}
	return n, err
}

// sent is a request's body, which says too when all of it has come.
type sent struct{ moving }

func (s *sent) Read(into []byte) (int, error) {
	n, err := s.moving.Read(into)
	if errors.Is(err, io.EOF) {
		s.stream.arrived()
	}
	return n, err
}

// duplex is the body of a connection that changed its protocol.
type duplex struct {
	moving

	to io.Writer
}

func (d *duplex) Write(from []byte) (int, error) {
	n, err := d.to.Write(from)
	if n > 0 {
		d.stream.moving.Store(true)
	}
	return n, err
}

// CloseWrite ends one direction, where the connection can.
func (d *duplex) CloseWrite() error { return attempt.CloseWrite(d.to) }
