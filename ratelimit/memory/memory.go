// Package memory answers how much may pass now, as far as this process has counted.
//
// A Store divides its counters by the hash of their keys among shards. Each shard has a lock and a bound of its own. A
// reservation holds the locks of all its keys, so that it is decided at one moment.
package memory

import (
	"context"
	"hash/maphash"
	"math/bits"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/window"
)

// perShard is how many keys a shard has at least, so that none is full long before the others are.
const perShard = 1024

// Store counts in memory. It is safe for concurrent use.
type Store struct {
	now    func() time.Duration
	seed   maphash.Seed
	shards []shard
	mask   uint64 // the number of shards is a power of two, and this is one less
}

// New returns a store that has counted nothing. now is its clock: how long it is since some moment. nil is the time since New was
// called, which never goes backwards, whatever happens to the machine's time of day.
func New(config Config, now func() time.Duration) *Store {
	if now == nil {
		start := time.Now()
		now = func() time.Duration { return time.Since(start) }
	}
	count := 1 << max(0, bits.Len(uint(config.Keys/perShard))-1)
	s := &Store{now: now, seed: maphash.MakeSeed(), shards: make([]shard, count), mask: uint64(count) - 1}
	for i := range s.shards {
		s.shards[i].byKey = map[string]*entry{}
		s.shards[i].most = (config.Keys + i) / count // which is config.Keys together
	}
	return s
}

// Now is the store's clock, in microseconds: what At is told by.
func (s *Store) Now() int64 { return s.now().Microseconds() }

// Reserve decides about reservations, in their order. It waits for nobody, and never fails.
func (s *Store) Reserve(_ context.Context, _ time.Duration, reservations ...*charge.Reservation) error {
	for _, r := range reservations {
		s.reserve(r)
	}
	return nil
}

// Refund gives back units of what a reservation was granted. What has been forgotten meanwhile needs no refund.
func (s *Store) Refund(_ context.Context, r *charge.Reservation, units int64) {
	for i := range r.Charges {
		each := &r.Charges[i]
		s.with(each.Key, func(shard *shard) {
			if e := shard.byKey[each.Key]; e != nil {
				window.Refund(r, each, &e.counter, units)
				shard.note(e)
			}
		})
	}
}

// Len is how many keys are remembered, some of which count nothing any more.
func (s *Store) Len() (keys int) {
	for i := range s.shards {
		shard := &s.shards[i]
		shard.mu.Lock()
		keys += len(shard.entries)
		shard.mu.Unlock()
	}
	return keys
}

// Evicted is how many counters were forgotten while they still counted something, since there were too many.
func (s *Store) Evicted() (counters uint64) {
	for i := range s.shards {
		shard := &s.shards[i]
		shard.mu.Lock()
		counters += shard.evicted
		shard.mu.Unlock()
	}
	return counters
}

// place is the number of a key's shard.
func (s *Store) place(key string) uint64 {
	return maphash.String(s.seed, key) & s.mask
}

// with calls do while it holds the shard of a key.
func (s *Store) with(key string, do func(*shard)) {
	shard := &s.shards[s.place(key)]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	do(shard)
}
