// Package attempt answers what the attempts of one call have to know of each other, and how each of them ended.
package attempt

import (
	"context"
	"net/http"
	"sync"

	"github.com/concierge-gateway/concierge/waterfall"
)

// Call is one call to a service, which may take several attempts. Its methods may be called by several goroutines.
type Call struct {
	// Whole is how many bytes of an answer are read before an attempt counts as a success, so that an answer that breaks off
	// is a failed attempt. A longer answer is an error. 0 hands the answer on as it streams.
	Whole int64
	// Lends says that whoever has made the call says when its answer is needed no more, by Whole.Borrow, so that its text may lie in
	// memory that is used again.
	Lends bool
	// Kind tells it apart from calls that ask for something else, as route.Kind does. 0 is not known.
	Kind uint64
	// Seen is what notes the attempts, nil where nobody wants to know.
	Seen *waterfall.Call

	mu    sync.Mutex
	tried []string
	first [1]string // what tried begins in: few calls try more
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
	// Own is the request of the attempt, where whoever chooses the endpoint may direct it there as it is, and need not copy it.
	Own *http.Request
	// Watcher sees how it goes, nil where nobody wants to.
	Watcher Watcher
	// Ends tells of the end of the attempt's context, where it can do that for less than context.AfterFunc.
	Ends Ender
}

// Ender tells of an end.
type Ender interface {
	// OnEnd is context.AfterFunc, but f may be called on the goroutine of whoever ends the context, and there must be no other f
	// that was neither called nor stopped.
	OnEnd(f func()) Stopper
}

// Stopper ends a wait for an end.
type Stopper interface {
	// Stop has nobody told, and reports whether nobody has been.
	Stop() bool
}

// OnEnd calls f when ctx ends, as context.AfterFunc does. It is for the one that sends an attempt, whose context must be ctx, or
// have nothing added to it but values. f must be short. A nil Try is none.
func (t *Try) OnEnd(ctx context.Context, f func()) Stopper { //nolint:ireturn // what is to be stopped differs
	if t != nil && t.Ends != nil {
		return t.Ends.OnEnd(f)
	}
	return StopFunc(context.AfterFunc(ctx, f))
}

// StopFunc is a Stopper made of what context.AfterFunc returns.
type StopFunc func() bool

// Stop calls it.
func (f StopFunc) Stop() bool { return f() }

// Lends reports whether an answer to the attempt may lie in memory that is used again. It does for no failure, which nobody
// borrows.
func (t *Try) Lends(res *http.Response) bool {
	return t != nil && t.Call != nil && t.Call.Lends && res.StatusCode == http.StatusOK
}

// Key is the key under which the context of an attempt has its *Try.
type Key struct{}

// Of is the attempt that ctx belongs to, nil outside any.
func Of(ctx context.Context) *Try {
	try, _ := ctx.Value(Key{}).(*Try)
	return try
}

// From is the attempt that ctx belongs to: the only one of an empty call outside any.
func From(ctx context.Context) *Try {
	if try := Of(ctx); try != nil {
		return try
	}
	return &Try{Call: new(Call)}
}
