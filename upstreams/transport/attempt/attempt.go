// Package attempt answers what the attempts of one call have to know of each other, and how each of them ended.
package attempt

import (
	"context"
	"sync"
)

// Call is one call to a service, which may take several attempts. Its methods may be called by several goroutines.
type Call struct {
	// Whole is how many bytes of an answer are read before an attempt counts as a success, so that an answer that breaks off
	// is a failed attempt. A longer answer is an error. 0 hands the answer on as it streams.
	Whole int64

	mu    sync.Mutex
	tried []string
	first [2]string // what tried begins in: few calls try more
}

// Try notes the endpoint that an attempt goes to.
func (c *Call) Try(endpoint string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tried == nil {
		c.tried = c.first[:0]
	}
	c.tried = append(c.tried, endpoint)
}

// Tries is how many attempts of this call went to an endpoint.
func (c *Call) Tries(endpoint string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, each := range c.tried {
		if each == endpoint {
			n++
		}
	}
	return n
}

// Try is one attempt of a call.
type Try struct {
	// Call is what it belongs to.
	Call *Call
	// Distrust closes the connections that are kept for the endpoint which the attempt goes to. Whoever chooses the endpoint sets
	// it before anything is sent.
	Distrust func()
}

type contextKey struct{}

// With returns a context that belongs to an attempt.
func With(ctx context.Context, try *Try) context.Context {
	return context.WithValue(ctx, contextKey{}, try)
}

// From is the attempt that ctx belongs to: the only one of an empty call outside any.
func From(ctx context.Context) *Try {
	if try, ok := ctx.Value(contextKey{}).(*Try); ok {
		return try
	}
	return &Try{Call: new(Call)}
}
