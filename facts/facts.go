// Package facts answers what has been found out about a request so far.
//
// Each wrapper of a request finds out something: its id, its client, its route. A context and a copy of the request for each of
// them would be a fifth of the memory that a request takes. So they share one of both, to which they add.
package facts

import (
	"context"
	"net/http"
	"sync/atomic"
)

// Begin returns a request to which facts can be added: a copy, or the same where its server had room for them.
func Begin(r *http.Request) *http.Request {
	begun, _ := BeginWith[struct{}](r)
	return begun
}

// BeginWith is Begin with memory for what is found out first. It is one piece with the copy and its context.
func BeginWith[T any](r *http.Request) (*http.Request, *T) {
	if k, ok := r.Context().(*known); ok && k.unbegun == r {
		k.unbegun = nil // whoever begins it once more, for a part of it, gets a copy
		return r, new(T)
	}
	b := new(begun[T])
	return b.room.take(r.Context(), r), &b.first
}

type begun[T any] struct {
	room  Room
	first T
}

// Room is memory for a request, its context and what will be found out about it. A server that has it in one piece with what else
// belongs to a request spares that a copy.
type Room struct {
	known   known
	request http.Request
}

// Make makes a request like another one, with a context of its own. It is called once, and Begin then returns this very request.
func (m *Room) Make(ctx context.Context, like *http.Request) *http.Request {
	r := m.take(ctx, like)
	m.known.unbegun = r
	return r
}

func (m *Room) take(ctx context.Context, like *http.Request) *http.Request {
	m.known.Context = ctx //nolint:fatcontext // it is made once
	m.request = *like.WithContext(&m.known)
	return &m.request
}

// Add lets the context of a request have a value, as context.WithValue does, also for whoever holds the context already. It
// returns the same request, or a copy where nothing can be added: where the request was not begun, or has a context of another
// kind by now. It must not be called twice at the same time. Nobody may rely on it that a value is not there yet.
func Add(r *http.Request, key, value any) *http.Request {
	if k, ok := r.Context().(*known); ok && k.add(key, value) {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), key, value))
}

// known is a context with room for a few values.
type known struct {
	context.Context //nolint:containedctx // it is one

	unbegun *http.Request // that a server has made, and nobody has begun
	n       atomic.Int32  // how many facts there are
	facts   [10]fact
}

type fact struct{ key, value any }

func (k *known) add(key, value any) bool {
	n := int(k.n.Load())
	if n == len(k.facts) {
		return false
	}
	k.facts[n] = fact{key, value}
	k.n.Store(int32(n + 1)) //nolint:gosec // it is small
	return true
}

// Value implements context.Context. What was added last counts.
func (k *known) Value(key any) any {
	for i := int(k.n.Load()) - 1; i >= 0; i-- {
		if k.facts[i].key == key {
			return k.facts[i].value
		}
	}
	return k.Context.Value(key)
}
