package memory

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/window"
)

// entry is a key's counter. It is 80 bytes, and its runs are 16 each.
type entry struct {
	key     string
	counter window.Counter
	limit   int64 // of the rate with which it was last charged
	period  time.Duration
	index   int  // in the shard's entries
	used    bool // up, and counted as such by the shard: not always any more
}

// rate is with which it was last charged.
func (e *entry) rate() limiter.Rate { return limiter.Rate{Limit: e.limit, Period: e.period} }

// share is which part of its limit has passed. It is 0 for a counter that counts nothing any more.
func (e *entry) share(now int64) float64 {
	return 1 - float64(e.counter.Left(e.rate(), now))/float64(max(1, e.limit))
}

// shard is some of the counters. What its lock guards fills a cache line of its own, so that processors wait for each other by
// the lock alone, and not for what lies beside it.
type shard struct {
	// usedUp is how many counters have nothing left, or had when they were last charged. It is read without the lock.
	usedUp atomic.Int64
	_      [56]byte

	mu      sync.Mutex
	byKey   map[string]*entry
	entries []*entry // in no order: for looking at some of them
	most    int
	hand    int // where the search for dead counters goes on
	evicted uint64
}

// note counts an entry as used up, or not any more. It is called whenever its counter was charged, or got something back.
func (s *shard) note(e *entry) {
	used := !e.counter.Free(e.rate())
	if used == e.used {
		return
	}
	e.used = used
	if used {
		s.usedUp.Add(1)
	} else {
		s.usedUp.Add(-1)
	}
}

// How much is looked at when a counter is added.
const (
	swept   = 4
	sampled = 8
)

// add makes a counter for a key that has none. Those to be kept are not forgotten for it.
func (s *shard) add(key string, now int64, keep []*entry) *entry {
	s.sweep(now, keep)
	for len(s.entries) >= s.most {
		if !s.evict(now, keep) {
			break // all of them are of one reservation: rather one more than a reservation that is not counted
		}
	}
	e := &entry{key: strings.Clone(key), index: len(s.entries)} // a part of a longer text would keep all of it
	s.entries = append(s.entries, e)
	s.byKey[e.key] = e
	return e
}

// sweep forgets the dead among the next few. So they go faster than new ones come.
func (s *shard) sweep(now int64, keep []*entry) {
	for range min(swept, len(s.entries)) {
		s.hand--
		if s.hand < 0 || s.hand >= len(s.entries) {
			s.hand = len(s.entries) - 1
		}
		if e := s.entries[s.hand]; !slices.Contains(keep, e) && len(e.counter.Runs(e.rate(), now)) == 0 {
			s.forget(e)
		}
	}
}

// evict forgets, of a few, the counter that has used the smallest part of its limit: who is near a limit does not get rid of it
// by a flood of new keys. It is false if there is none to forget.
func (s *shard) evict(now int64, keep []*entry) bool {
	var least *entry
	part := 0.0
	for range sampled {
		e := s.entries[rand.IntN(len(s.entries))] //nolint:gosec // a guess of it would save a counter, and not more
		if share := e.share(now); !slices.Contains(keep, e) && (least == nil || share < part) {
			least, part = e, share
		}
	}
	if least == nil {
		least = s.other(keep)
	}
	if least == nil {
		return false
	}
	if part > 0 {
		s.evicted++
	}
	s.forget(least)
	return true
}

// other is a counter that need not be kept, or nil.
func (s *shard) other(keep []*entry) *entry {
	for _, e := range s.entries {
		if !slices.Contains(keep, e) {
			return e
		}
	}
	return nil
}

// forget takes a counter out. The last one takes its place.
func (s *shard) forget(e *entry) {
	last := s.entries[len(s.entries)-1]
	s.entries[e.index], last.index = last, e.index
	s.entries[len(s.entries)-1] = nil
	s.entries = s.entries[:len(s.entries)-1]
	delete(s.byKey, e.key)
	if e.used {
		s.usedUp.Add(-1)
	}
}
