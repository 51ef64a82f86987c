package transport

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"
)

// observer counts and times every call, and logs those that failed.
type observer struct {
	metrics *serviceMetrics
	log     *slog.Logger
	next    http.RoundTripper
}

func (o *observer) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	o.metrics.inFlight.Inc()
	res, err := o.next.RoundTrip(req)
	o.metrics.inFlight.Dec()
	took := time.Since(start)
	code := outcome(req.Context(), res, err)
	o.metrics.count(code, took)
	if err != nil || res.StatusCode >= http.StatusInternalServerError {
		o.report(req, code, took, err)
	}
	return res, err
}

// report logs the path without its query: a query can hold what somebody looked for.
func (o *observer) report(req *http.Request, code string, took time.Duration, err error) {
	if code == codeCancelled {
		return // nobody is at fault
	}
	attrs := []slog.Attr{
		slog.String("method", req.Method), slog.String("path", req.URL.Path),
		slog.String("code", code), slog.Duration("duration", took),
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	o.log.LogAttrs(req.Context(), slog.LevelWarn, "upstream call failed", attrs...)
}

// The codes of calls without an answer. Calls with one have its status.
const (
	codeCancelled   = "cancelled"
	codeTimeout     = "timeout"
	codeUnreachable = "unreachable"
)

// outcome is the code that a call is counted under. When the caller's own context ended, the service is not to blame.
func outcome(ctx context.Context, res *http.Response, err error) string {
	var timeout net.Error
	switch {
	case err == nil:
		return strconv.Itoa(res.StatusCode)
	case ctx.Err() != nil:
		return codeCancelled
	case errors.As(err, &timeout) && timeout.Timeout():
		return codeTimeout
	default:
		return codeUnreachable
	}
}
