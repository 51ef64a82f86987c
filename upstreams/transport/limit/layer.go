package limit

import (
	"context"
	"net/http"

	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/route"
)

// layer waits for room before each call.
type layer struct {
	limiter *Limiter
	leave   func() // the limiter's, made once
	next    http.RoundTripper
}

// Layer makes each call once there is room for it. A call counts for the adaptive limit until its answer's header is there, so
// that a long stream is no slow call; for the most that the config allows it counts until the body is closed. The errors of
// calls that were not made are those of Acquire.
func Layer(l *Limiter, next http.RoundTripper) http.RoundTripper {
	return &layer{limiter: l, leave: l.leave, next: next}
}

func (l *layer) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	permit, err := l.acquire(ctx, kindOf(req))
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // nobody has read from it
		}
		return nil, err
	}
	outcome, open := attempt.Cancelled, false // what a panic leaves: a place that is not given back is lost for good
	defer func() {
		if open {
			permit.answered(outcome)
		} else {
			permit.Release(outcome)
		}
	}()
	res, err := l.next.RoundTrip(req)
	outcome = attempt.Judge(ctx, res, err)
	if err != nil {
		return nil, err
	}
	if open = !attempt.Taken(res); open {
		attempt.OnClose(res, l.leave)
	}
	return res, nil
}

// acquire gets a place. How much a call matters is asked only where it has to wait for one.
func (l *layer) acquire(ctx context.Context, kind uint64) (Permit, error) {
	if permit, ok := l.limiter.TryAcquire(kind); ok {
		return permit, nil
	}
	return l.limiter.Acquire(ctx, priority.From(ctx), kind)
}

// kindOf is which kind a call is of: whoever makes attempts has found it out.
func kindOf(req *http.Request) uint64 {
	if try := attempt.Of(req.Context()); try != nil && try.Call.Kind != 0 {
		return try.Call.Kind
	}
	return route.Kind(req)
}
