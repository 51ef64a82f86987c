package loaders

import (
	"context"
	"sync"

	"github.com/graph-gophers/dataloader/v7"
)

// loads is what a loader has been asked for. It is the library's cache: what Get finds is not fetched again, and what Set
// brings is the next batch.
type loads[K comparable, V any] struct {
	// collected is called with the first key of each batch.
	collected func()

	mu       sync.Mutex
	byKey    map[K]*entry[V]
	boarding bool
}

type entry[V any] struct {
	thunk dataloader.Thunk[V]
	load  load
}

var _ dataloader.Cache[int, any] = (*loads[int, any])(nil)

// Get returns the thunk of a key that was asked for before.
func (l *loads[K, V]) Get(_ context.Context, key K) (dataloader.Thunk[V], bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[key]; ok {
		return e.thunk, true
	}
	return nil, false
}

// Set notes a key that was not asked for before.
func (l *loads[K, V]) Set(_ context.Context, key K, thunk dataloader.Thunk[V]) {
	l.mu.Lock()
	l.byKey[key] = &entry[V]{thunk: thunk}
	first := !l.boarding
	l.boarding = true
	l.mu.Unlock()
	if first {
		l.collected()
	}
}

// prime notes the value of a key that nobody asked for yet.
func (l *loads[K, V]) prime(key K, value V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.byKey[key]; !ok {
		l.byKey[key] = &entry[V]{thunk: func() (V, error) { return value, nil }, load: load{done: true}}
	}
}

// Delete forgets a key.
func (l *loads[K, V]) Delete(_ context.Context, key K) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.byKey[key]
	delete(l.byKey, key)
	return ok
}

// Clear forgets every key.
func (l *loads[K, V]) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.byKey)
}

// depart ends the batch: the next new key begins another.
func (l *loads[K, V]) depart() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.boarding = false
}

// of returns the load of a key. One that was forgotten in between has nothing to wait for.
func (l *loads[K, V]) of(key K) *load {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[key]; ok {
		return &e.load
	}
	return &load{done: true}
}

func (l *loads[K, V]) ofAll(keys []K) []*load {
	all := make([]*load, len(keys))
	for i, key := range keys {
		all[i] = l.of(key)
	}
	return all
}
