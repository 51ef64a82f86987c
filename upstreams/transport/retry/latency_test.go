package retry

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/route"
)

func TestPercentilesAreExactToATenth(t *testing.T) {
	l, now := new(latency), time.Unix(1000, 0)
	for i := range 1000 {
		l.add(now, time.Duration(i+1)*time.Millisecond)
	}
	for percent, want := range map[int]time.Duration{50: 500 * time.Millisecond, 95: 950 * time.Millisecond, 99: 990 * time.Millisecond} {
		got, known := l.percentile(now, percent)
		if !known || got < want || got > want+want*12/100 {
			t.Errorf("percentile %d is %v, %t, want %v and at most 12%% more", percent, got, known, want)
		}
	}
	if got := l.least(now); got != time.Millisecond {
		t.Errorf("the least is %v, want 1ms", got)
	}
}

func TestFewCallsSayNothingOfPercentiles(t *testing.T) {
	l, now := new(latency), time.Unix(1000, 0)
	for range fewest - 1 {
		l.add(now, time.Millisecond)
	}
	if got, known := l.percentile(now, 95); known {
		t.Errorf("after %d calls the percentile is %v, want none", fewest-1, got)
	}
}

func TestOldCallsAreForgotten(t *testing.T) {
	l, now := new(latency), time.Unix(1000, 0)
	l.add(now, time.Millisecond)
	if got := l.least(now.Add(15 * time.Second)); got != time.Millisecond {
		t.Errorf("after 15s the least is %v, want it still to be 1ms", got)
	}
	l.add(now.Add(15*time.Second), time.Second)
	if got := l.least(now.Add(21 * time.Second)); got != time.Millisecond {
		t.Errorf("in the generation after, the least is %v, want 1ms", got)
	}
	if got := l.least(now.Add(26 * time.Second)); got != time.Second {
		t.Errorf("two generations later the least is %v, want 1s", got)
	}
	if got := l.least(now.Add(time.Hour)); got != 0 {
		t.Errorf("an hour later the least is %v, want none", got)
	}
}

func TestEachKindOfCallHasLatenciesOfItsOwn(t *testing.T) {
	l := newLatencies()
	of := func(path string) *latency {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://user"+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		return l.of(route.Kind(req))
	}
	if of("/users/7") != of("/users/8") || of("/users") == of("/orders") {
		t.Error("calls of one kind are told apart, or others are not")
	}
	seen := make(map[*latency]bool)
	for i := range 1000 {
		seen[of("/"+strings.Repeat("x", i))] = true
	}
	if len(seen) > mostKinds+1 {
		t.Errorf("there are latencies of %d kinds, want %d at most", len(seen), mostKinds+1)
	}
}

func TestAnyTimeHasABucket(t *testing.T) {
	for _, took := range []time.Duration{-1, 0, 1, firstBucket, time.Millisecond, time.Minute, time.Hour, 1 << 62} {
		if b := bucketOf(took); b < 0 || b >= buckets {
			t.Errorf("%v falls into bucket %d of %d", took, b, buckets)
		}
	}
}

func BenchmarkLatencies(b *testing.B) {
	l, now := new(latency), time.Now()
	for b.Loop() {
		l.add(now, 3*time.Millisecond)
	}
}

func TestTheKindsThatAreTooManyShareTheirLatencies(t *testing.T) {
	l := newLatencies()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for kind := range uint64(1000) {
				l.of(kind+1).add(time.Unix(1000, 0), time.Millisecond)
			}
		})
	}
	all.Wait()
	if l.of(2000) != l.of(0) || l.of(1) == l.of(0) || l.of(1) == l.of(2) {
		t.Error("the first kinds are not told apart, or those after them are")
	}
	calls := l.of(0).now.count
	for kind := range uint64(mostKinds) {
		if known := l.of(kind + 1); known != l.of(0) {
			calls += known.now.count
		}
	}
	if calls != 4000 {
		t.Errorf("%d calls have left their times, want 4000", calls)
	}
}

// What the calls to a service wait for each other to find the latencies of their kind.
func BenchmarkLatenciesInParallel(b *testing.B) {
	l := newLatencies()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			l.of(7)
		}
	})
}
