package loaders

import (
	"context"
	"time"

	"github.com/graph-gophers/dataloader/v7"

	"github.com/concierge-gateway/concierge/problem"
)

// Loader reads values by key, each key once in a request and all keys of a level together.
type Loader[K comparable, V any] struct {
	batches *dataloader.Loader[K, V]
	loads   *loads[K, V]
	level   *level
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
	loader := &Loader[K, V]{level: l}
	loader.loads = &loads[K, V]{collected: func() { l.collect(loader) }, byKey: make(map[K]*entry[V])}
	loader.batches = dataloader.NewBatchedLoader(
		func(_ context.Context, keys []K) []*dataloader.Result[V] { return loader.run(ctx, f, keys) },
		dataloader.WithCache(loader.loads),
		dataloader.WithWait[K, V](never),
		dataloader.WithInputCapacity[K, V](inputCapacity),
	)
	return loader
}

// Load returns the value of a key, the zero value if there is none. It blocks until the key's batch is back.
func (l *Loader[K, V]) Load(ctx context.Context, key K) (V, error) {
	thunk := l.batches.Load(ctx, key)
	l.level.await(l.loads.of(key))
	return thunk()
}

// depart makes Loader a batch.
func (l *Loader[K, V]) depart() {
	l.loads.depart()
	l.batches.Flush()
}

// forget drops every value: what comes next is read anew.
func (l *Loader[K, V]) forget() { l.batches.ClearAll() }

// run fetches a batch. It answers every key, in the keys' order, whatever happens: of a batch that came back short, the library
// would show each caller all keys.
func (l *Loader[K, V]) run(ctx context.Context, f fetch[K, V], keys []K) []*dataloader.Result[V] {
	defer l.level.land(l.loads.ofAll(keys))
	values, failed := guarded(ctx, f, keys)
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
