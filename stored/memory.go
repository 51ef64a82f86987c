package stored

import (
	"context"
	"maps"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/concierge-gateway/concierge/sharing"
)

const (
	// bookkeeping is what keeping a value takes of memory beside the value, in bytes: its entry, its key, its places in the
	// table, in the queues by which room is made, and in the sketch of how often it was asked for.
	bookkeeping = 256
	// share is the part of the budget that one value may take. A larger one would drive out thousands for itself.
	share = 16
	// cleaning is how often Run frees what has expired.
	cleaning = time.Second
)

// Memory keeps values in this process, all caches by one budget. It is safe for concurrent use, and runs no goroutine: room is
// made by whoever keeps something.
type Memory struct {
	values *otter.Cache[sharing.Key, *entry]
	most   int64 // that one value may weigh
	budget uint64
	small  atomic.Bool // no more than half of the budget is used

	mu    sync.Mutex
	parts map[string]*kept
}

// entry is a value in its place.
type entry struct {
	value  Value
	until  time.Time
	weight int64
	part   *kept
}

// NewMemory keeps no more than budget bytes, but for what is being set at the moment. One value has a sixteenth of that at
// most: a larger one is not kept.
func NewMemory(budget int64) *Memory {
	budget = max(budget, 1)
	m := &Memory{most: min(budget/share, math.MaxUint32), budget: uint64(budget), parts: make(map[string]*kept)}
	m.values = otter.Must(&otter.Options[sharing.Key, *entry]{
		MaximumWeight:    uint64(budget),
		Weigher:          func(_ sharing.Key, e *entry) uint32 { return uint32(e.weight) }, //nolint:gosec // it is at most m.most
		ExpiryCalculator: otter.ExpiryWritingFunc(lifetime),
		OnAtomicDeletion: func(e otter.DeletionEvent[sharing.Key, *entry]) { e.Value.part.drop(e.Value, e.Cause) },
		// Making room is quick enough for whoever keeps a value.
		Executor: func(task func()) { task() },
		Clock:    clock{began: time.Now()},
	})
	// The library has a goroutine that looks after what expires. Without ticks it ends by itself, and this waits until it has.
	m.values.StopAllGoroutines()
	return m
}

// lifetime is never 0, by which the library would understand that the value does not expire at all.
func lifetime(e otter.Entry[sharing.Key, *entry]) time.Duration {
	return max(time.Until(e.Value.until), 1)
}

// clock does not go back when somebody sets the machine's, and never ticks.
type clock struct{ began time.Time }

// NowNano is how long it has gone.
func (c clock) NowNano() int64 { return time.Since(c.began).Nanoseconds() }

// Tick never comes.
func (clock) Tick(time.Duration) <-chan time.Time { return nil }

// Run frees what has expired, until ctx ends, so that no request has to. Without it, expired values take room until somebody
// keeps another. They are not found in either case.
func (m *Memory) Run(ctx context.Context) {
	ticks := time.NewTicker(cleaning)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			m.values.CleanUp()
		}
	}
}

// Squeeze has all caches keep no more than half of their budget, or gives it back to them. What has no room any more is dropped
// at once.
func (m *Memory) Squeeze(small bool) {
	if m.small.Swap(small) == small {
		return
	}
	most := m.budget
	if small {
		most = max(most/2, 1) //nolint:mnd // half
	}
	m.values.SetMaximum(most)
}

// Part is the share of the cache of a name. All parts of one name are the same.
func (m *Memory) Part(name string) *Part {
	m.mu.Lock()
	defer m.mu.Unlock()
	counts := m.parts[name]
	if counts == nil {
		counts = &kept{}
		m.parts[name] = counts
	}
	return &Part{memory: m, counts: counts}
}

// named is a copy of what counts for each cache.
func (m *Memory) named() map[string]*kept {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.parts)
}

// Part is one cache's share of a Memory, by which its metrics are told apart. It is safe for concurrent use.
type Part struct {
	memory *Memory
	counts *kept
}

// Get finds a value whose time has not passed. It waits for nobody.
func (p *Part) Get(key sharing.Key) (Value, bool) { //nolint:ireturn // each cache keeps its own kind
	e, ok := p.memory.values.GetIfPresent(key)
	if !ok {
		return nil, false
	}
	return e.value, true
}

// Set keeps a value until a time, or for less long where there is no room. The value that had its key is gone in any case, also
// where this one is too large, or its time has passed already.
func (p *Part) Set(key sharing.Key, value Value, until time.Time) {
	e := &entry{value: value, until: until, weight: weigh(value), part: p.counts}
	switch {
	case e.weight > p.memory.most:
		p.counts.larger.Add(1)
		p.Delete(key)
	case time.Until(until) <= 0:
		p.Delete(key)
	default:
		p.counts.add(e)
		p.memory.values.Set(key, e)
	}
}

// Takes reports whether a value of a size, in bytes, is kept at all.
func (p *Part) Takes(size int) bool { return int64(size)+bookkeeping <= p.memory.most }

// weigh takes care that no size, however wrong, makes a value weigh nothing.
func weigh(value Value) int64 {
	size := int64(max(value.Size(), 0))
	return min(size, math.MaxInt64-bookkeeping) + bookkeeping
}

// Delete drops a value.
func (p *Part) Delete(key sharing.Key) { p.memory.values.Invalidate(key) }
