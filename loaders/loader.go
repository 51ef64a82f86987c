package loaders

import (
	"context"
	"sync"
	"time"

	"github.com/graph-gophers/dataloader/v7"

	"github.com/concierge-gateway/concierge/problem"
)

// Loader reads values by key, each key once in a request and all keys of a level together. Most requests use few of their
// loaders, so it is built when it is first used.
type Loader[K comparable, V any] struct {
	ctx   context.Context //nolint:containedctx // a loader belongs to one request and runs its batches under that request's context
	level *level
	fetch fetch[K, V]

	built   sync.Once
	batches *dataloader.Loader[K, V]
	loads   *loads[K, V]
}

// fetch reads the values of distinct keys. A key in neither map has no value, which is not an error.
type fetch[K comparable, V any] func(ctx context.Context, keys []K) (values map[K]V, failed map[K]error)

// never is a batch's own time limit. Batches leave when their level is complete; the library insists on a clock as well, and a
// limit beyond every request's keeps that clock from ever splitting a batch.
const never = 24 * time.Hour

// inputCapacity is the queue between Load and the batch, which is read all the time. The library's default of 1,000 costs every
// batch 8 KiB.
const inputCapacity = 16

// newLoader returns a loader whose batches run under ctx, the whole request's. The library would run each under the context of
// whichever caller came first, and so let one resolver's end fail the others.
func newLoader[K comparable, V any](ctx context.Context, l *level, f fetch[K, V]) *Loader[K, V] {
	return &Loader[K, V]{ctx: ctx, level: l, fetch: f}
}

func (l *Loader[K, V]) build() {
	l.loads = &loads[K, V]{collected: func() { l.level.collect(ofSources, l) }, byKey: make(map[K]*entry[V])}
	l.batches = dataloader.NewBatchedLoader(
		func(_ context.Context, keys []K) []*dataloader.Result[V] { return l.run(keys) },
		dataloader.WithCache(l.loads),
		dataloader.WithWait[K, V](never),
		dataloader.WithInputCapacity[K, V](inputCapacity),
	)
}

// Load returns the value of a key, the zero value if there is none. It blocks until the key's batch is back. A key that a limited
// field asks for is charged first; one that is over the limit is an error, and does not leave.
//
// Keys are only noted here; when the batch departs, one goroutine hands them all to the library. Resolvers run on many small
// stacks, and each would have to grow to go through the library by itself, which costs more than the load.
func (l *Loader[K, V]) Load(ctx context.Context, key K) (value V, err error) {
	if l.level.tolls != nil {
		if err := l.level.tolls.passKey(ctx, key); err != nil {
			return value, err
		}
	}
	l.built.Do(l.build)
	f := l.loads.ask(key)
	if !f.hasLanded() {
		l.level.await(f)
		<-f.landed
	}
	return l.loads.thunk(key)()
}

// LoadMany returns the values of several keys, and lets them go out together. The error is that of any of them. No field's limit
// is asked: the policy looks for owners by it.
func (l *Loader[K, V]) LoadMany(_ context.Context, keys []K) (map[K]V, error) {
	l.built.Do(l.build)
	flights := make([]*flight, len(keys))
	for i, key := range keys {
		flights[i] = l.loads.ask(key)
	}
	values := make(map[K]V, len(keys))
	for i, key := range keys {
		if !flights[i].hasLanded() {
			l.level.await(flights[i])
			<-flights[i].landed
		}
		value, err := l.loads.thunk(key)()
		if err != nil {
			return nil, err
		}
		values[key] = value
	}
	return values, nil
}

// prime gives the loader a value that came another way.
func (l *Loader[K, V]) prime(key K, value V) {
	l.built.Do(l.build)
	l.loads.prime(key, value)
}

// board makes Loader a batch.
func (l *Loader[K, V]) board() func() {
	f, keys := l.loads.board()
	return func() { l.fly(f, keys) }
}

// fly takes a batch to its service and back.
func (l *Loader[K, V]) fly(f *flight, keys []K) {
	var last dataloader.Thunk[V]
	for _, key := range keys {
		last = l.batches.Load(l.ctx, key)
	}
	l.batches.Flush()
	_, _ = last() // each key's own error is with its thunk; the library sets the last key's when all are set
	l.level.land(f)
}

// forget drops every value: what comes next is read anew.
func (l *Loader[K, V]) forget() {
	l.built.Do(l.build)
	l.batches.ClearAll()
}

// run fetches a batch. It answers every key, in the keys' order, whatever happens: of a batch that came back short, the library
// would show each caller all keys.
func (l *Loader[K, V]) run(keys []K) []*dataloader.Result[V] {
	values, failed := guarded(l.level.under(l.ctx), l.fetch, keys)
	results := make([]*dataloader.Result[V], len(keys))
	for i, key := range keys {
		results[i] = &dataloader.Result[V]{Data: values[key], Error: failed[key]}
	}
	return results
}

// guarded fetches on a goroutine of the library's, where nobody else would recover a panic.
func guarded[K comparable, V any](ctx context.Context, f fetch[K, V], keys []K) (values map[K]V, failed map[K]error) {
	err := problem.Guard(func() error {
		values, failed = f(ctx, keys)
		return nil
	})
	if err != nil {
		return nil, eachKey(keys, err)
	}
	return values, failed
}

func eachKey[K comparable](keys []K, err error) map[K]error {
	failed := make(map[K]error, len(keys))
	for _, key := range keys {
		failed[key] = err
	}
	return failed
}
