package attempt

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"

	"github.com/concierge-gateway/concierge/pressure"
)

// Outcome is how an attempt ended, as far as whoever was called is to blame.
type Outcome int

// The outcomes.
const (
	// Answered is any answer that is no failure of the service's: also a 404, or a refusal.
	Answered Outcome = iota
	// Limited is 429: the service is well, and wants fewer calls.
	Limited
	// Failed is a status from 500 on, other than 503.
	Failed
	// Overloaded is 503.
	Overloaded
	// Unreachable is no connection, so the request was never sent.
	Unreachable
	// Broken is a connection that ended before the answer did, or an answer that is no HTTP.
	Broken
	// Oversized is an answer that is longer than is read of it. It may be the endpoint's fault, and is as likely that of what was
	// asked for: whoever asks for too much must not be able to open a breaker.
	Oversized
	// TimedOut is no answer in the time that there was for it.
	TimedOut
	// Cancelled is a caller who left, another attempt that was faster, or an answer that this process has no memory for. Nobody who
	// was called is to blame.
	Cancelled
	// Withheld is an attempt that was never made: an open breaker, no room, no endpoint.
	Withheld
)

// Outcomes lists every outcome.
func Outcomes() []Outcome {
	all := make([]Outcome, 0, Withheld+1)
	for o := Answered; o <= Withheld; o++ {
		all = append(all, o)
	}
	return all
}

// String is the outcome's name in metrics.
func (o Outcome) String() string {
	switch o {
	case Answered:
		return "answered"
	case Limited:
		return "limited"
	case Failed:
		return "failed"
	case Overloaded:
		return "overloaded"
	case Unreachable:
		return "unreachable"
	case Broken:
		return "broken"
	case Oversized:
		return "oversized"
	case TimedOut:
		return "timeout"
	case Cancelled:
		return "cancelled"
	default:
		return "withheld"
	}
}

// Failure reports whether the attempt speaks against whoever was called.
func (o Outcome) Failure() bool {
	switch o {
	case Failed, Overloaded, Unreachable, Broken, TimedOut:
		return true
	default:
		return false
	}
}

// Counts reports whether the attempt says anything about whoever was called.
func (o Outcome) Counts() bool { return o != Cancelled && o != Withheld }

// Why an attempt failed, as the cause of its context or as its error.
var (
	// ErrTimeout says that the attempt took too long.
	ErrTimeout error = timeoutError{}
	// ErrReplayed says that kept connections were closed before the answer's first byte, one after the other.
	ErrReplayed = errors.New("the service closed one connection after the other before it answered")
	// ErrUnprocessed says that the service did not look at the request, as it has said itself (RFC 9113, section 8.7).
	ErrUnprocessed = errors.New("the service did not take the request")
	// ErrOutrun says that another attempt of the same call was faster.
	ErrOutrun = errors.New("another attempt was faster")
)

type timeoutError struct{}

func (timeoutError) Error() string { return "the service took too long" }
func (timeoutError) Timeout() bool { return true }

// WithheldError is the error of an attempt that was never made.
type WithheldError struct{ Err error }

// Error says why.
func (e *WithheldError) Error() string { return e.Err.Error() }

// Unwrap is why.
func (e *WithheldError) Unwrap() error { return e.Err }

// Judge is the outcome of an attempt that ran under ctx and ended so.
func Judge(ctx context.Context, res *http.Response, err error) Outcome {
	if err == nil {
		return judgeStatus(res.StatusCode)
	}
	var withheld *WithheldError
	var timeout interface{ Timeout() bool }
	switch cause := context.Cause(ctx); {
	case errors.As(err, &withheld):
		return Withheld
	case errors.Is(cause, ErrTimeout):
		return TimedOut
	case errors.Is(cause, ErrReplayed):
		return Broken
	case ctx.Err() != nil:
		return Cancelled
	case errors.Is(err, pressure.ErrFull):
		return Cancelled
	case errors.Is(err, ErrTooLarge):
		return Oversized
	case Unsent(err):
		return Unreachable
	case errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut
	default:
		return Broken
	}
}

func judgeStatus(status int) Outcome {
	switch {
	case status == http.StatusTooManyRequests:
		return Limited
	case status == http.StatusServiceUnavailable:
		return Overloaded
	case status >= http.StatusInternalServerError:
		return Failed
	default:
		return Answered
	}
}

// Unsent reports whether an error says that there was no connection, so that nothing of the request can have arrived, or that
// the service did nothing with it.
func Unsent(err error) bool {
	var network *net.OpError
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &network) && network.Op == "dial" ||
		errors.As(err, &record) || errors.As(err, &certificate) || errors.Is(err, ErrUnprocessed)
}

// Code is what an attempt is counted under: the status of its answer, or a word for why there was none.
func Code(outcome Outcome, res *http.Response) string {
	if res != nil {
		return strconv.Itoa(res.StatusCode)
	}
	return outcome.String()
}
