package retry

import (
	"maps"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// latencies are those of a service's calls, each kind by itself: what a report takes says nothing of a look-up.
type latencies struct {
	byKind atomic.Pointer[map[uint64]*latency] // it is replaced and never changed: all calls read it
	adding sync.Mutex
}

// mostKinds is how many kinds are told apart. What is more is taken for one.
const mostKinds = 64

func newLatencies() *latencies {
	l := new(latencies)
	l.byKind.Store(&map[uint64]*latency{})
	return l
}

// of are the latencies of a kind of requests.
func (l *latencies) of(kind uint64) *latency {
	all := *l.byKind.Load()
	if known := all[kind]; known != nil {
		return known
	}
	if rest := all[0]; rest != nil && len(all) >= mostKinds {
		return rest
	}
	return l.add(kind)
}

// add is the latencies of a kind that had none a moment ago. When there are enough kinds, one more is for all others: 0.
func (l *latencies) add(kind uint64) *latency {
	l.adding.Lock()
	defer l.adding.Unlock()
	all := *l.byKind.Load()
	if all[kind] == nil && len(all) >= mostKinds {
		kind = 0
	}
	if known := all[kind]; known != nil {
		return known
	}
	grown := maps.Clone(all)
	grown[kind] = new(latency)
	l.byKind.Store(&grown)
	return grown[kind]
}

// latency remembers how long the calls of the last ten to twenty seconds took: their least, and their percentiles to within
// a tenth. Buckets grow geometrically, so that microseconds and minutes fit into a small table.
type latency struct {
	mu        sync.Mutex
	now, then generation // then is the one before
}

type generation struct {
	began  time.Time
	count  int
	least  time.Duration
	counts [buckets]uint32
}

const (
	buckets        = 128
	firstBucket    = 50 * time.Microsecond
	bucketGrowth   = 1.12
	logGrowth      = 0.11332868530700327 // the natural logarithm of it
	generationTime = 10 * time.Second
	// fewest is how many calls say something about a percentile.
	fewest = 50
)

// add notes the time of a call.
func (l *latency) add(now time.Time, took time.Duration) {
	bucket := bucketOf(took) // a logarithm, for which nobody need wait
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	if l.now.count == 0 || took < l.now.least {
		l.now.least = took
	}
	l.now.count++
	l.now.counts[bucket]++
}

// turn begins a new generation when the last one is over, and forgets one that is too old.
func (l *latency) turn(now time.Time) {
	age := now.Sub(l.now.began)
	if age < generationTime {
		return
	}
	l.then = l.now
	if age >= 2*generationTime {
		l.then = generation{}
	}
	l.now = generation{began: now}
}

// least is the shortest time, 0 if there is none.
func (l *latency) least(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	switch {
	case l.now.count == 0:
		return l.then.least
	case l.then.count == 0:
		return l.now.least
	default:
		return min(l.now.least, l.then.least)
	}
}

// percentile is the time that so many in a hundred calls did not exceed. It is false where there were too few.
func (l *latency) percentile(now time.Time, percent int) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	total := l.now.count + l.then.count
	if total < fewest {
		return 0, false
	}
	rank, seen := (total*percent+99)/100, 0
	for i := range l.now.counts {
		seen += int(l.now.counts[i] + l.then.counts[i])
		if seen >= rank {
			return upperEdge(i), true
		}
	}
	return upperEdge(buckets - 1), true
}

func bucketOf(took time.Duration) int {
	if took <= firstBucket {
		return 0
	}
	i := int(math.Ceil(math.Log(float64(took)/float64(firstBucket)) / logGrowth))
	return min(i, buckets-1)
}

func upperEdge(bucket int) time.Duration {
	return time.Duration(float64(firstBucket) * math.Pow(bucketGrowth, float64(bucket)))
}
