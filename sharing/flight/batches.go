package flight

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/sharing"
)

// Batches is work about keys under way: what several want to know of keys at the same time is found out in as few pieces of work
// as it takes. A piece of work is a batch. M is what each is marked with when it begins, and V is what comes of it.
//
// Nobody waits as long as no other batch is under way. Otherwise new keys board the next one, which leaves when it is full, when
// nothing else is under way any more, and after Wait at the latest. A key that is in one of the newest batches under way is not
// asked for again.
//
// Its settings must be made before it is used. It is safe for concurrent use, and must not be copied.
type Batches[K cmp.Ordered, M, V any] struct {
	// Most is the most keys of one batch, 1 at least.
	Most int
	// Wait is how long a key waits at most for others to come.
	Wait time.Duration
	// Sharing is as of a Group.
	Sharing func(value V)
	// Joined is told of each batch that somebody takes keys from whom another leads, by how both are marked, and before the leader
	// has the value. It must be quick. Nil is told nothing.
	Joined func(leader, follower M)

	mu    sync.Mutex
	lanes map[sharing.Key]*batch[K, M, V] // those under one key, the newest first
}

// batch is one piece of work, and the keys that it is about.
type batch[K cmp.Ordered, M, V any] struct {
	flight[M, V]

	// Guarded by Batches.mu. Once it has left, the keys are not changed any more.
	keys  []K // sorted
	older *batch[K, M, V]
	leave chan struct{} // closed when it need not wait any longer; nil where it never had to
	open  bool          // others may board
}

// Part is what one batch brought of the keys that somebody wanted.
type Part[K, V any] struct {
	// Keys are those of them that the batch is about, sorted.
	Keys []K
	// Value is what came of it. It is the same for all, and must not be changed.
	Value V
	// Shared says that somebody else did the work.
	Shared bool
	// Err is why there is no value.
	Err error
}

// Do finds out about keys, which must be sorted, distinct, no more than Most, and not changed any more. All rules of Group.Do
// hold for each batch: by whom it is joined, who leads and who follows, and how each of them leaves. joins is asked of batches
// that have not left, too. Nobody leads more than one batch for one Do.
func (b *Batches[K, M, V]) Do(
	ctx context.Context, key sharing.Key, mark M, joins func(mark M) bool, keys []K,
	work func(ctx context.Context, keys []K) (V, error),
) []Part[K, V] {
	if ctx.Err() != nil {
		return []Part[K, V]{{Keys: keys, Err: context.Cause(ctx)}}
	}
	own, others := b.board(ctx, key, mark, joins, keys)
	defer func() {
		for _, each := range others { // which are left after a panic
			each.from.unfollow(ErrPanicked)
		}
	}()
	parts := make([]Part[K, V], 0, len(others)+1)
	if own.from != nil {
		part := Part[K, V]{Keys: own.keys}
		part.Value, part.Err = b.lead(ctx, key, own.from, work)
		parts = append(parts, part)
	}
	for len(others) > 0 {
		next := others[0]
		others = others[1:]
		part := Part[K, V]{Keys: next.keys, Shared: true}
		part.Value, part.Err = next.from.follow(ctx)
		parts = append(parts, part)
	}
	return parts
}

// seat is which keys somebody wants to have from a batch.
type seat[K cmp.Ordered, M, V any] struct {
	from *batch[K, M, V]
	keys []K
}

// looked is how many batches of a lane are looked through for keys. Where a service hangs, there are more and more, and whoever
// comes must not look through all of them while others wait for the lock.
const looked = 32

// board finds a seat for each key: in what is under way, in what is about to leave, and in a batch of the own that is left for
// the rest. Each seat has been joined.
func (b *Batches[K, M, V]) board(
	ctx context.Context, key sharing.Key, mark M, joins func(M) bool, keys []K,
) (own seat[K, M, V], others []seat[K, M, V]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var open *batch[K, M, V]
	each := b.lanes[key]
	for n := 0; n < looked && each != nil && len(keys) > 0; n, each = n+1, each.older {
		switch {
		case !joins(each.mark):
			each.close()
		case each.open: // what is under way comes first
			open = each
		default:
			if taken, rest := apart(keys, each.keys); len(taken) > 0 && each.join() {
				others, keys = append(others, seat[K, M, V]{each, taken}), rest
			}
		}
	}
	if open != nil && len(keys) > 0 {
		if taken, rest := open.take(keys, b.Most); len(taken) > 0 {
			others, keys = append(others, seat[K, M, V]{open, taken}), rest
		}
	}
	if len(keys) > 0 {
		own = seat[K, M, V]{b.begin(ctx, key, mark, keys), keys}
	}
	if b.Joined != nil {
		for _, each := range others {
			b.Joined(each.from.mark, mark)
		}
	}
	return own, others
}

// take joins a batch that others may board, with those keys that it has already or has room for.
func (b *batch[K, M, V]) take(keys []K, most int) (taken, rest []K) {
	if !b.join() {
		b.close()
		return nil, keys
	}
	taken, rest = apart(keys, b.keys)
	room := min(len(rest), most-len(b.keys))
	taken, rest = merged(taken, rest[:room]), rest[room:]
	if b.keys = merged(b.keys, taken); len(b.keys) == most {
		b.close()
	}
	return taken, rest
}

// begin begins a batch, which waits for more keys where others are under way.
func (b *Batches[K, M, V]) begin(ctx context.Context, key sharing.Key, mark M, keys []K) *batch[K, M, V] {
	one := &batch[K, M, V]{keys: keys, older: b.lanes[key]}
	one.begin(ctx, mark)
	if one.older != nil && len(keys) < b.Most {
		one.leave, one.open = make(chan struct{}), true
	}
	if b.lanes == nil {
		b.lanes = make(map[sharing.Key]*batch[K, M, V])
	}
	b.lanes[key] = one
	return one
}

// close lets a batch leave without anybody else.
func (b *batch[K, M, V]) close() {
	if b.open {
		b.open = false
		close(b.leave)
	}
}

// lead waits until a batch leaves, and does its work.
func (b *Batches[K, M, V]) lead(
	ctx context.Context, key sharing.Key, own *batch[K, M, V], work func(context.Context, []K) (V, error),
) (V, error) {
	defer b.drop(key, own)
	return own.lead(ctx, func(ctx context.Context) (value V, err error) {
		if err := b.wait(ctx, own); err != nil {
			return value, err
		}
		return work(ctx, own.keys)
	}, nil, b.Sharing)
}

// wait returns when a batch leaves, and lets nobody board it any more.
func (b *Batches[K, M, V]) wait(ctx context.Context, own *batch[K, M, V]) error {
	if own.leave == nil {
		return nil
	}
	longest := time.NewTimer(b.Wait)
	defer longest.Stop()
	select {
	case <-own.leave:
		return nil
	case <-longest.C:
	case <-ctx.Done(): // nobody wants it
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	own.close()
	return context.Cause(ctx)
}

// drop forgets a batch that is over. Who waits to leave leaves, if nothing is under way any more.
func (b *Batches[K, M, V]) drop(key sharing.Key, over *batch[K, M, V]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	newest := b.lanes[key].without(over)
	if newest == nil {
		delete(b.lanes, key)
		return
	}
	b.lanes[key] = newest
	if newest.older == nil {
		newest.close()
	}
}

// without takes one batch out of a lane.
func (b *batch[K, M, V]) without(one *batch[K, M, V]) (newest *batch[K, M, V]) {
	for at := &b; *at != nil; at = &(*at).older {
		if *at == one {
			*at = one.older
			break
		}
	}
	return b
}

// apart parts the keys that others include from the rest. Both lists are sorted, and so is what is made of them.
func apart[K cmp.Ordered](keys, others []K) (included, rest []K) {
	if len(others) == 0 || len(keys) == 0 || keys[len(keys)-1] < others[0] || others[len(others)-1] < keys[0] {
		return nil, keys
	}
	for i, key := range keys {
		at, found := slices.BinarySearch(others, key)
		others = others[at:]
		if found && included == nil { // mostly there is none, and nothing to be made
			included, rest = make([]K, 0, len(keys)-i), append(make([]K, 0, len(keys)-1), keys[:i]...)
		}
		if found {
			included = append(included, key)
		} else if included != nil {
			rest = append(rest, key)
		}
	}
	if included == nil {
		return nil, keys
	}
	return included, rest
}

// merged are the keys of two sorted lists, each once and sorted. Neither list is changed.
func merged[K cmp.Ordered](a, b []K) []K {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	all := make([]K, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch order := cmp.Compare(a[0], b[0]); {
		case order < 0:
			all, a = append(all, a[0]), a[1:]
		case order > 0:
			all, b = append(all, b[0]), b[1:]
		default:
			all, a, b = append(all, a[0]), a[1:], b[1:]
		}
	}
	return append(append(all, a...), b...)
}
