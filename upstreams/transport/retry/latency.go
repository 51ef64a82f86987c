package retry

import (
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/route"
)

// latencies are those of a service's calls, each kind by itself: what a report takes says nothing of a look-up.
type latencies struct {
	mu     sync.Mutex
	byKind map[uint64]*latency
}

// mostKinds is how many kinds are told apart. What is more is taken for one.
const mostKinds = 64

func newLatencies() *latencies { return &latencies{byKind: make(map[uint64]*latency)} }

// of are the latencies of a request's kind.
func (l *latencies) of(req *http.Request) *latency {
	kind := route.Kind(req)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.byKind) >= mostKinds && l.byKind[kind] == nil {
		kind = 0
	}
	known := l.byKind[kind]
	if known == nil {
		known = new(latency)
		l.byKind[kind] = known
	}
	return known
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
	generationTime = 10 * time.Second
	// fewest is how many calls say something about a percentile.
	fewest = 50
)

// add notes the time of a call.
func (l *latency) add(now time.Time, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	if l.now.count == 0 || took < l.now.least {
		l.now.least = took
	}
	l.now.count++
	l.now.counts[bucketOf(took)]++
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
	i := int(math.Ceil(math.Log(float64(took)/float64(firstBucket)) / math.Log(bucketGrowth)))
	return min(i, buckets-1)
}

func upperEdge(bucket int) time.Duration {
	return time.Duration(float64(firstBucket) * math.Pow(bucketGrowth, float64(bucket)))
}
