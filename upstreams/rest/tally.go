package rest

import (
	"context"
	"sync/atomic"
)

// Tally is how much services were asked for on behalf of one request. It is safe for concurrent use.
type Tally struct{ calls, keys atomic.Int64 }

// Calls are the requests that were made, retries apart: also those that came to nothing.
func (t *Tally) Calls() int64 { return t.calls.Load() }

// Keys are the ids and the parts of lists that were asked for. A write is one.
func (t *Tally) Keys() int64 { return t.keys.Load() }

type tallyKey struct{}

// WithTally returns a context on whose behalf all calls are counted.
func WithTally(ctx context.Context, t *Tally) context.Context {
	return context.WithValue(ctx, tallyKey{}, t)
}

// counted counts a call with its keys, where anybody does.
func counted(ctx context.Context, keys int) {
	if t, ok := ctx.Value(tallyKey{}).(*Tally); ok {
		t.calls.Add(1)
		t.keys.Add(int64(keys))
	}
}
