// Package correlation answers which request a piece of work belongs to, here and in the services behind the gateway.
package correlation

import (
	"context"
	"net/http"

	"github.com/concierge-gateway/concierge/problem"
)

// The header fields of W3C Trace Context.
const (
	TraceparentHeader = "Traceparent"
	TracestateHeader  = "Tracestate"
)

// Correlation names one request. The zero value names none.
type Correlation struct {
	// RequestID is the X-Request-ID of the request and of its answer.
	RequestID string
	// Trace is this hop's place in the caller's trace.
	Trace Trace
}

type contextKey struct{}

// With returns a context whose work belongs to c.
func With(ctx context.Context, c Correlation) context.Context {
	return context.WithValue(ctx, contextKey{}, &c)
}

// From is what the work of ctx belongs to, or the zero value.
func From(ctx context.Context) Correlation {
	if c, ok := ctx.Value(contextKey{}).(*Correlation); ok {
		return *c
	}
	return Correlation{}
}

// Propagate makes the header of an outgoing request name the request that ctx works for, and nothing else: a field that
// was copied from an inbound request, unchecked, does not survive.
func Propagate(ctx context.Context, header http.Header) {
	c := From(ctx)
	set(header, problem.RequestIDHeader, c.RequestID)
	set(header, TraceparentHeader, string(c.Trace.Parent))
	set(header, TracestateHeader, c.Trace.State)
}

func set(header http.Header, field, value string) {
	if value == "" {
		header.Del(field)
		return
	}
	header.Set(field, value)
}
