// Package lent answers how long memory may be used that is used again for something else.
//
// Who lends memory does not know who will read from it, nor for how long; who reads does not know where it came from. So the one
// whose work ends says so: a Lease takes all that was lent on the work's behalf, and gives it back at the end. What no Lease has
// taken is nobody's to give back, and is left to the garbage collector. That is always right, and only costs more.
//
// In programs built with the race detector, what has been given back is overwritten, so that whoever still reads from it is found
// out by what they read.
package lent

import (
	"context"
	"sync"
)

// Memory is given back by the last who uses it, once.
type Memory interface{ GiveBack() }

// Lease is the time of one piece of work, and the context of what is done in that time. Whoever ends it promises that nothing
// that it took is used any more, nor any part of it, and no part was handed to anybody who may go on. It is safe for concurrent
// use.
type Lease struct {
	context.Context //nolint:containedctx // it is one, of which it can be asked for

	mu   sync.Mutex
	over bool
	took int
	held [mostHeld]Memory
}

// mostHeld is how many pieces of memory one piece of work holds: those of most. They are as large as what is lent may be, and
// not as what is in them, so that whoever borrows many small ones is better off with copies.
const mostHeld = 8

// Begin begins a lease. It ends with End; where that is never called, nothing is given back.
func Begin(ctx context.Context) *Lease { return &Lease{Context: ctx} }

type key struct{}

// Value implements context.Context.
func (l *Lease) Value(of any) any {
	if of == (key{}) {
		return l
	}
	return l.Context.Value(of)
}

// Of is the lease that a context belongs to, nil where there is none.
func Of(ctx context.Context) *Lease {
	l, _ := ctx.Value(key{}).(*Lease)
	return l
}

// Take takes memory to be given back at the end, and reports whether it has: not where there is no lease, it is over, or holds
// enough.
func (l *Lease) Take(m Memory) bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || l.took == mostHeld {
		return false
	}
	l.held[l.took] = m
	l.took++
	return true
}

// End gives everything back. Whatever comes later is not taken.
func (l *Lease) End() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	for i, each := range l.held[:l.took] {
		each.GiveBack()
		l.held[i] = nil
	}
	l.took = 0
}
