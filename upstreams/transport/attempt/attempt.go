// Package attempt answers what the attempts of one call have to know of each other, and how each of them ended.
package attempt

import (
	"context"
	"net/textproto"
	"sync"

	"github.com/concierge-gateway/concierge/waterfall"
)

// Call is one call to a service, which may take several attempts. Its methods may be called by several goroutines.
type Call struct {
	// Whole is how many bytes of an answer are read before an attempt counts as a success, so that an answer that breaks off
	// is a failed attempt. A longer answer is an error. 0 hands the answer on as it streams.
	Whole int64
	// Seen is what notes the attempts, nil where nobody wants to know.
	Seen *waterfall.Call

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

// Sent is how many attempts went to endpoints.
func (c *Call) Sent() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.tried)
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
	// Hedge says that it is made because another one of the call is slow.
	Hedge bool
	// Ends tells of the end of the attempt's context, where it can do that for less than context.AfterFunc.
	Ends Ender
}

// Ender tells of an end.
type Ender interface {
	// OnEnd is context.AfterFunc, but f may be called on the goroutine of whoever ends the context, and there must be no other f
	// that was neither called nor stopped.
	OnEnd(f func()) (stop func() bool)
}

// OnEnd calls f when ctx ends, as context.AfterFunc does. It is for the one that sends an attempt, whose context must be ctx, or
// have nothing added to it but values. f must be short.
func OnEnd(ctx context.Context, f func()) (stop func() bool) {
	if try, ok := ctx.Value(Key{}).(*Try); ok && try.Ends != nil {
		return try.Ends.OnEnd(f)
	}
	return context.AfterFunc(ctx, f)
}

// Key is the key under which the context of an attempt has its *Try.
type Key struct{}

// EarlyKey is the key under which the context of a call has an Early, where somebody wants to see answers before the answer.
type EarlyKey struct{}

// Early sees answers before the answer, such as 103 (RFC 8297).
type Early interface {
	// Informational is given one. It may be called on another goroutine than the call's, until the call returns.
	Informational(status int, header textproto.MIMEHeader) error
}

// From is the attempt that ctx belongs to: the only one of an empty call outside any.
func From(ctx context.Context) *Try {
	if try, ok := ctx.Value(Key{}).(*Try); ok {
		return try
	}
	return &Try{Call: new(Call)}
}
