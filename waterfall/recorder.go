// Package waterfall answers which calls to services a request has made, and when.
//
// A Recorder lies in the context of a request that asks for it, and whoever makes calls tells it. Where there is none, nothing is
// noted, and nothing is allocated: all functions and methods do nothing then. It keeps no value that a service or a caller sent:
// paths without ids, how many keys, and numbers for endpoints.
package waterfall

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// Recorder notes the calls of one request. A nil Recorder notes nothing. It is safe for concurrent use: attempts that another has
// outrun can outlive the answer.
type Recorder struct {
	began time.Time
	most  int

	mu        sync.Mutex
	over      bool
	level     int
	batches   int
	calls     []*Call
	left      int            // calls that there was no room for
	endpoints map[string]int // the number of each, by service and address
	numbers   map[string]int // how many each service has
}

// New notes calls from now on, with times since began: so many of them at most.
func New(began time.Time, most int) *Recorder { return &Recorder{began: began, most: most} }

// batch is whom calls are made for.
type batch struct {
	recorder *Recorder
	read     string
	level    int
	number   int
}

type (
	batchKey struct{}
	callKey  struct{}
)

// With lets a context's calls be noted. A nil Recorder lets nobody note them any more: for work that outlives the answer.
func With(ctx context.Context, r *Recorder) context.Context {
	if r == nil && of(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, batchKey{}, &batch{recorder: r})
}

// From is the Recorder of a context, nil where there is none.
func From(ctx context.Context) *Recorder {
	if b := of(ctx); b != nil {
		return b.recorder
	}
	return nil
}

// of is the batch that a context's calls belong to, nil where nothing is noted.
func of(ctx context.Context) *batch {
	if b, ok := ctx.Value(batchKey{}).(*batch); ok && b.recorder != nil {
		return b
	}
	return nil
}

// Next begins a level: the calls that follow need what came of those before.
func (r *Recorder) Next() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.level++
}

// Step is Next where steps can be under way beside each other: the calls of the context that is returned are made on this one.
func Step(ctx context.Context) context.Context {
	b := of(ctx)
	if b == nil {
		return ctx
	}
	r := b.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	r.level++
	return context.WithValue(ctx, batchKey{}, &batch{recorder: r, level: r.level})
}

// Reading begins a batch: the calls of the context that is returned are for the keys of one read, such as PaymentOfOrder, on one
// level.
func Reading(ctx context.Context, read string) context.Context {
	b := of(ctx)
	if b == nil {
		return ctx
	}
	r := b.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	r.batches++
	return context.WithValue(ctx, batchKey{}, &batch{recorder: r, read: read, level: cmp.Or(b.level, r.level), number: r.batches})
}

// add takes a call, if there is room. The caller holds no lock.
func (r *Recorder) add(c *Call) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.over:
		return false
	case len(r.calls) >= r.most:
		r.left++
		return false
	}
	r.calls = append(r.calls, c)
	return true
}

// numbered is the number of an endpoint among those of its service that this request has met: its address is nobody's concern.
// The caller holds the lock.
func (r *Recorder) numbered(service, endpoint string) int {
	key := service + " " + endpoint
	if n, ok := r.endpoints[key]; ok {
		return n
	}
	if r.endpoints == nil {
		r.endpoints, r.numbers = make(map[string]int), make(map[string]int)
	}
	r.numbers[service]++
	r.endpoints[key] = r.numbers[service]
	return r.numbers[service]
}

// since is how long after the beginning something is.
func (r *Recorder) since(at time.Time) int64 { return max(at.Sub(r.began).Microseconds(), 0) }
