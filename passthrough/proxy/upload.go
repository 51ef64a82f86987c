package proxy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/units"
)

// upload is a request's body on its way from the client to the service. A transport reads it on a goroutine of its own.
type upload struct {
	exchange *exchange
	source   io.ReadCloser
	from     *http.Request // has the trailers when the body has ended
	to       http.Header   // the outgoing request's trailers, nil where none are announced
	cancel   context.CancelCauseFunc
	most     int64 // bytes, 0 for no bound
	read     int64

	begun  atomic.Bool
	ended  atomic.Bool // there is no more to come
	closed atomic.Bool
}

// Read ends the outgoing request where the client breaks off: its service must not be blamed for what was not sent.
func (u *upload) Read(p []byte) (int, error) {
	if u.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	if u.begun.CompareAndSwap(false, true) {
		u.exchange.goOn()
	}
	n, err := u.source.Read(p)
	u.read += int64(n)
	switch {
	case u.most > 0 && u.read > u.most:
		err = tooLarge(units.Bytes(u.most))
		u.cancel(err)
		return 0, err
	case errors.Is(err, io.EOF):
		u.end()
	case err != nil && !u.closed.Load():
		u.cancel(middleware.BodyError(err))
	}
	return n, err
}

// end takes over the trailers.
func (u *upload) end() {
	for name := range u.to {
		u.to[name] = u.from.Trailer[name]
	}
	u.ended.Store(true)
}

// Close leaves the client's body open. net/http would read on there, to use the connection again, and so wait for a client who
// waits for us; it does that itself once the answer has been given.
func (u *upload) Close() error {
	u.closed.Store(true)
	return nil
}

func tooLarge(most units.Bytes) error {
	return problem.New(problem.TooLarge, "the request body is larger than "+most.String())
}
