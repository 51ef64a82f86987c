// Package correlation answers which request a piece of work belongs to, here and in the services behind the gateway.
package correlation

import (
	"context"
	"net/http"

	"github.com/concierge-gateway/concierge/facts"
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

// Add lets the context of a request, and all work that is done under it, belong to c, which must not be changed any more.
func Add(r *http.Request, c *Correlation) *http.Request { return facts.Add(r, contextKey{}, c) }

// With returns a context whose work belongs to c.
func With(ctx context.Context, c Correlation) context.Context {
	return context.WithValue(ctx, contextKey{}, &c)
}

// Replace lets the work of ctx belong to c from now on, where it belongs to something. Nobody may be asking meanwhile: it is for
// what stands right behind Add.
func Replace(ctx context.Context, c Correlation) {
	if known, ok := ctx.Value(contextKey{}).(*Correlation); ok {
		*known = c
	}
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
	// The values are one piece of memory, and the fields are spelled as http.Header keeps them.
	values := []string{c.RequestID, string(c.Trace.Parent), c.Trace.State}
	for i, field := range [...]string{problem.RequestIDHeader, TraceparentHeader, TracestateHeader} {
		if values[i] == "" {
			delete(header, field)
			continue
		}
		header[field] = values[i : i+1 : i+1]
	}
}

// Propagated reports whether a header names the request that ctx works for already, as Propagate has it.
func Propagated(ctx context.Context, header http.Header) bool {
	c := From(ctx)
	return says(header, problem.RequestIDHeader, c.RequestID) &&
		says(header, TraceparentHeader, string(c.Trace.Parent)) &&
		says(header, TracestateHeader, c.Trace.State)
}

func says(header http.Header, field, value string) bool {
	values := header[field]
	return value == "" && values == nil || len(values) == 1 && values[0] == value
}
