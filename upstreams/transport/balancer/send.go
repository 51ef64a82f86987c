package balancer

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
)

// RoundTrip makes one attempt at an endpoint that the request's call has not tried, if there is one, and notes how it ended.
// The error is an *attempt.WithheldError around ErrNoEndpoint where nobody could take it.
func (p *Pool) RoundTrip(req *http.Request) (*http.Response, error) {
	try := attempt.From(req.Context())
	call := try.Call
	start := p.clock()
	e, ticket := p.pick(req.Context(), call, start)
	if e == nil {
		if req.Body != nil {
			_ = req.Body.Close() // nobody has read from it
		}
		return nil, &attempt.WithheldError{Err: ErrNoEndpoint}
	}
	call.Try(e.name)
	try.Distrust = e.distrust
	seen := call.Seen.Attempt(e.name, try.Hedge)
	req, span := traced(req, e, try)
	res, err := p.send(e, ticket, try, req, start)
	if seen != nil {
		seen.End(attempt.Code(attempt.Judge(req.Context(), res, err), res))
	}
	if span != nil {
		told(span, attempt.Judge(req.Context(), res, err), res)
	}
	if err != nil || attempt.Taken(res) {
		p.leave(e)
		return res, err
	}
	res.Body = p.watch(req.Context(), e, res.Body)
	return res, nil
}

// send makes the attempt. An answer of which all is wanted counts only once it is there.
func (p *Pool) send(
	e *endpoint, ticket breaker.Ticket, try *attempt.Try, req *http.Request, start time.Duration,
) (*http.Response, error) {
	e.inFlight.Add(1)
	res, err := e.connection.RoundTrip(e.at(req, try))
	if err == nil {
		err = take(req.Context(), res, try.Call.Whole)
	}
	if err != nil {
		res = nil
	}
	now, outcome := p.clock(), attempt.Judge(req.Context(), res, err)
	p.tell(e, ticket, outcome, now-start)
	e.metrics.attempts.Count(outcome, res)
	p.note(e, outcome, now, now-start)
	if outcome == attempt.Overloaded {
		p.rest(e, min(attempt.RetryAfter(res, time.Now()), longestRest))
	}
	return res, err
}

// take reads what is wanted of an answer before it counts: all of it, or no more than need not be waited for.
func take(ctx context.Context, res *http.Response, whole int64) error {
	switch {
	case whole > 0:
	case attempt.Brief(ctx, res):
		whole = attempt.LongestBrief
	default:
		attempt.Take(res)
		return nil
	}
	_, err := attempt.Read(res, whole)
	return err
}

// tell lets an endpoint's breaker know how an attempt ended. Where that closes it, the endpoint starts slowly.
func (p *Pool) tell(e *endpoint, ticket breaker.Ticket, outcome attempt.Outcome, took time.Duration) {
	was := e.breaker.State()
	ticket.Done(outcome, took)
	if was == breaker.Closed || e.breaker.State() != breaker.Closed {
		return
	}
	p.change(func(now time.Duration) bool {
		p.warm(e, now)
		return true
	})
}

// leave counts a call out.
func (p *Pool) leave(e *endpoint) {
	if e.inFlight.Add(-1) == 0 && e.gone.Load() {
		p.bury(e)
	}
}

// note takes in what an outcome says about an endpoint.
func (p *Pool) note(e *endpoint, outcome attempt.Outcome, now, took time.Duration) {
	if !outcome.Counts() {
		return
	}
	switch {
	case !outcome.Failure():
		e.latency.answered(now, took)
	case outcome == attempt.Failed || outcome == attempt.Overloaded:
		e.latency.erred(now, took)
	default:
		e.latency.silent(now, took)
	}
	// An answer without end is told apart from a long one by the others, who would have answered otherwise.
	failed := outcome.Failure() || outcome == attempt.Oversized
	row, most := e.record.count(failed), int64(p.config.Outlier.ConsecutiveFailures)
	if most > 0 && row >= most && !e.gone.Load() {
		p.eject(e)
	}
}

// eject takes an endpoint out that failed too often in a row, if it still has when nothing else happens.
func (p *Pool) eject(e *endpoint) {
	p.change(func(now time.Duration) bool {
		if !p.outliers.ejectForRow(records(p.lineup.Load().all), &e.record, now) {
			return false
		}
		p.ejected(e, "consecutive_failures", now)
		return true
	})
}

// longestRest bounds how long an endpoint can keep itself from being asked: a mistake in its header must not take it out for
// good.
const longestRest = 30 * time.Second

// rest leaves an endpoint alone for a while, as long as there are others.
func (p *Pool) rest(e *endpoint, wanted time.Duration) {
	if wanted == 0 {
		return
	}
	p.change(func(now time.Duration) bool {
		e.rest = max(e.rest, now+wanted)
		return true
	})
}

// watch follows a body that streams. The endpoint's answer has counted as one already.
func (p *Pool) watch(ctx context.Context, e *endpoint, body io.ReadCloser) io.ReadCloser {
	s := &stream{ReadCloser: body, pool: p, endpoint: e, ctx: ctx, start: p.clock()}
	if writer, ok := body.(io.Writer); ok { // a connection that changed its protocol
		return &duplex{stream: s, Writer: writer}
	}
	return s
}

// stream is a body that tells when it is closed, and when it breaks off.
type stream struct {
	io.ReadCloser
	pool     *Pool
	endpoint *endpoint
	ctx      context.Context //nolint:containedctx // it says whether the caller is to blame, as long as the body lives
	start    time.Duration
	broken   atomic.Bool
	closed   atomic.Bool
}

// duplex is one that can be written to.
type duplex struct {
	*stream
	io.Writer
}

// CloseWrite ends one direction, where the connection can.
func (d *duplex) CloseWrite() error { return attempt.CloseWrite(d.Writer) }

func (s *stream) Read(into []byte) (int, error) {
	n, err := s.ReadCloser.Read(into)
	if err != nil && !errors.Is(err, io.EOF) && !s.closed.Load() && s.broken.CompareAndSwap(false, true) {
		s.pool.brokeOff(s.endpoint, attempt.Judge(s.ctx, nil, err), s.start)
	}
	return n, err
}

func (s *stream) Close() error {
	if s.closed.CompareAndSwap(false, true) {
		defer s.pool.leave(s.endpoint)
	}
	return s.ReadCloser.Close()
}

// brokeOff counts an answer that did not come to its end. To the breaker, it is another call: the one that answered has been
// told.
func (p *Pool) brokeOff(e *endpoint, outcome attempt.Outcome, start time.Duration) {
	if !outcome.Failure() {
		return
	}
	now := p.clock()
	p.note(e, outcome, now, now-start)
	if !e.breaker.Ready() {
		return
	}
	if ticket, err := e.breaker.Allow(); err == nil {
		p.tell(e, ticket, outcome, now-start)
	}
}
