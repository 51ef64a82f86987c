package loaders

import (
	"context"
	"sync"

	"github.com/graph-gophers/dataloader/v7"
)

// loads is what a loader has been asked for, and the keys of its next batch. It is the library's cache: what is in here with a
// thunk is not fetched again.
type loads[K comparable, V any] struct {
	// collected is called with the first key of each batch.
	collected func()

	mu       sync.Mutex
	byKey    map[K]*entry[V]
	boarding *flight
	keys     []K
}

// entry is one key. It has a thunk from when its batch departs.
type entry[V any] struct {
	flight *flight
	thunk  dataloader.Thunk[V]
}

var _ dataloader.Cache[int, any] = (*loads[int, any])(nil)

// ask returns the flight that brings a key's value. A key that is new goes with the next one.
func (l *loads[K, V]) ask(key K) *flight {
	l.mu.Lock()
	if e, ok := l.byKey[key]; ok {
		l.mu.Unlock()
		return e.flight
	}
	first := l.boarding == nil
	if first {
		l.boarding = newFlight()
	}
	f := l.boarding
	l.byKey[key] = &entry[V]{flight: f}
	l.keys = append(l.keys, key)
	l.mu.Unlock()
	if first {
		l.collected()
	}
	return f
}

// board ends the boarding: the next new key begins another batch.
func (l *loads[K, V]) board() (*flight, []K) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, keys := l.boarding, l.keys
	l.boarding, l.keys = nil, nil
	return f, keys
}

// prime notes the value of a key that nobody asked for yet.
func (l *loads[K, V]) prime(key K, value V) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.byKey[key]; !ok {
		l.byKey[key] = &entry[V]{flight: arrived(), thunk: func() (V, error) { return value, nil }}
	}
}

// thunk returns the thunk of a key whose flight has landed. A key that was forgotten in between has no value.
func (l *loads[K, V]) thunk(key K) dataloader.Thunk[V] {
	if thunk, ok := l.Get(context.Background(), key); ok {
		return thunk
	}
	return func() (value V, err error) { return value, nil }
}

// Get returns the thunk of a key whose batch has departed.
func (l *loads[K, V]) Get(_ context.Context, key K) (dataloader.Thunk[V], bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[key]; ok && e.thunk != nil {
		return e.thunk, true
	}
	return nil, false
}

// Set gives a key its thunk.
func (l *loads[K, V]) Set(_ context.Context, key K, thunk dataloader.Thunk[V]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.byKey[key]; ok {
		e.thunk = thunk
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
