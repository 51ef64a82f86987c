package breaker

import (
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// layer asks a breaker before each call.
type layer struct {
	breaker *Breaker
	next    http.RoundTripper
}

// Layer makes the calls that the breaker lets through. The error of another is an *attempt.WithheldError around the breaker's
// *OpenError. A breaker that is off leaves next as it is.
func Layer(b *Breaker, next http.RoundTripper) http.RoundTripper {
	if !b.rules.Enabled {
		return next
	}
	return &layer{breaker: b, next: next}
}

func (l *layer) RoundTrip(req *http.Request) (*http.Response, error) {
	ticket, err := l.breaker.Allow()
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // nobody has read from it
		}
		return nil, &attempt.WithheldError{Err: err}
	}
	outcome := attempt.Cancelled // what a panic leaves: a probe must give its place back
	start := time.Now()
	defer func() { ticket.Done(outcome, time.Since(start)) }()
	res, err := l.next.RoundTrip(req)
	outcome = attempt.Judge(req.Context(), res, err)
	return res, err
}
