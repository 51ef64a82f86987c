package rest

import (
	"context"
	"sync/atomic"
)

// Tally is how much services were asked for on behalf of one request. What was kept already, and what was asked for others who
// wanted the same, is not. It is safe for concurrent use.
type Tally struct{ calls, keys, sparedCalls, sparedKeys atomic.Int64 }

// Calls are the requests that were made, retries apart: also those that came to nothing.
func (t *Tally) Calls() int64 { return t.calls.Load() }

// Keys are the ids and the parts of lists that were asked for. A write is one.
func (t *Tally) Keys() int64 { return t.keys.Load() }

// Wanted is how much services would have been asked for if nothing had been known. A caller who was told how much they were asked
// for would find out what is kept: whether somebody else has asked before, and whether there is a record.
func (t *Tally) Wanted() (calls, keys int64) {
	return t.Calls() + t.sparedCalls.Load(), t.Keys() + t.sparedKeys.Load()
}

// TallyKey is what a context gives the *Tally for by which its calls are counted.
type TallyKey struct{}

// counted counts a call with its keys, where anybody does.
func counted(ctx context.Context, keys int) {
	if t, ok := ctx.Value(TallyKey{}).(*Tally); ok {
		t.calls.Add(1)
		t.keys.Add(int64(keys))
	}
}

// spared counts calls and keys that services did not have to be asked for. A call that was made and not wanted is -1.
func spared(ctx context.Context, calls, keys int) {
	if t, ok := ctx.Value(TallyKey{}).(*Tally); ok {
		t.sparedCalls.Add(int64(calls))
		t.sparedKeys.Add(int64(keys))
	}
}
