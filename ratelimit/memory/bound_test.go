package memory_test

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
)

// heap is what is in use, after what is not was collected.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// flood counts one for each of so many new keys of 30 bytes.
func flood(t testing.TB, s *memory.Store, of limiter.Rate, from, to int) {
	t.Helper()
	r := units(1, of, "")
	for i := from; i < to; i++ {
		r.Charges[0].Key = fmt.Sprintf("flood:a-caller-like-others:%08d", i)
		reserve(t.Context(), s, r)
		if r.Granted != 1 {
			t.Fatalf("%s is not granted: %+v", r.Charges[0].Key, r)
		}
	}
}

func TestAMillionKeysTakeNoMoreThanTheirBound(t *testing.T) {
	const keys, many = 10_001, 1_000_000 // not as many for each shard
	before := heap()
	s := memory.New(memory.Config{Keys: keys}, nil)
	flood(t, s, rate(100, time.Hour), 0, keys)
	full := heap() - before
	flood(t, s, rate(100, time.Hour), keys, many)
	after := heap() - before
	if got := s.Len(); got != keys {
		t.Errorf("%d keys are remembered, want %d", got, keys)
	}
	if got := s.Evicted(); got != many-keys {
		t.Errorf("%d counters were forgotten, want %d", got, many-keys)
	}
	t.Logf("a key takes %d bytes, and %d in the end", full/keys, after/keys)
	if full > 400*keys {
		t.Errorf("a key takes %d bytes", full/keys)
	}
	if grown := after - full; grown > many-keys { // a byte of each that was forgotten would be much, in days
		t.Errorf("the keys that were forgotten have left %d bytes", grown)
	}
	runtime.KeepAlive(s)
}

func TestACounterThatHasGrownIsBoundToo(t *testing.T) {
	const keys = 1000
	now := time.Duration(0)
	before := heap()
	s := memory.New(memory.Config{Keys: 4000}, func() time.Duration { return now })
	for range 100 {
		now += time.Second
		for i := range keys {
			reserve(t.Context(), s, units(1, rate(100, 32*time.Second), "a-key-of-30-bytes-or-so-"+strconv.Itoa(i)))
		}
	}
	after := heap() - before
	t.Logf("a key takes %d bytes", after/keys)
	if after > 1200*keys {
		t.Errorf("a key takes %d bytes", after/keys)
	}
	runtime.KeepAlive(s)
}

func TestAFloodOfNewKeysSparesThoseNearTheirLimits(t *testing.T) {
	s, of := memory.New(memory.Config{Keys: 10_000}, nil), rate(100, time.Hour)
	near := func(i int) string { return "near:" + strconv.Itoa(i) }
	for i := range 500 {
		reserve(t.Context(), s, units(90, of, near(i)))
	}
	flood(t, s, of, 0, 100_000)
	for i := range 500 {
		look := units(0, of, near(i))
		reserve(t.Context(), s, look)
		if got := look.Charges[0].Remaining; got != 10 {
			t.Errorf("%s has %d again", near(i), got)
		}
	}
}

func TestTheDeadGoFirst(t *testing.T) {
	now := time.Duration(0)
	s := memory.New(memory.Config{Keys: 1000}, func() time.Duration { return now })
	flood(t, s, rate(100, time.Minute), 0, 1000)
	now = time.Minute
	flood(t, s, rate(100, time.Minute), 1000, 2000)
	if got := s.Evicted(); got != 0 {
		t.Errorf("%d counters were forgotten that counted something", got)
	}
	if got := s.Len(); got != 1000 {
		t.Errorf("%d keys are remembered, want 1000", got)
	}
}

func TestOnlyWhatStillCountsIsCountedAsForgotten(t *testing.T) {
	now := time.Duration(0)
	s := memory.New(memory.Config{Keys: 1000}, func() time.Duration { return now })
	for i := range 1000 {
		of := rate(100, time.Hour)
		if i%10 == 0 {
			of = rate(100, time.Minute)
		}
		flood(t, s, of, i, i+1)
	}
	now = time.Minute
	flood(t, s, rate(100, time.Hour), 1000, 1050)
	count := uint64(0)
	s.Each(0, func(string, limiter.Rate, int64, int64) bool { count++; return true })
	if got := s.Evicted(); got != 950-count {
		t.Errorf("%d counters are said to have been forgotten, and %d are missing", got, 950-count)
	}
}

func TestTheDeadDoNotStayWhileOthersCome(t *testing.T) {
	now := time.Duration(0)
	s := memory.New(memory.Config{Keys: 100_000}, func() time.Duration { return now })
	flood(t, s, rate(100, time.Minute), 0, 50_000)
	now = time.Minute
	flood(t, s, rate(100, time.Hour), 50_000, 80_000)
	if got := s.Len(); got > 40_000 {
		t.Errorf("%d keys are remembered, of which 30000 count something", got)
	}
}

// The counters of one reservation do not push each other out.
func TestAReservationKeepsItsOwnCounters(t *testing.T) {
	now := time.Duration(0)
	s, of := memory.New(memory.Config{Keys: 1000}, func() time.Duration { return now }), rate(100, time.Minute)
	flood(t, s, of, 0, 980)
	var r charge.Reservation
	for i := range 1100 {
		r.Charges = append(r.Charges, charge.Charge{Key: fmt.Sprint("own:", i), Rate: of, Cost: 1})
	}
	r.Want, r.Least = 50, 50
	reserve(t.Context(), s, &r)
	reserve(t.Context(), s, &r)
	if r.Granted != 50 || s.Len() != 1100 {
		t.Errorf("%d are granted again, and %d keys remembered", r.Granted, s.Len())
	}
	for i := range r.Charges {
		if got := r.Charges[i].Remaining; got != 0 {
			t.Fatalf("%d remain of %s", got, r.Charges[i].Key)
		}
	}
	flood(t, s, of, 2000, 2001)
	if got := s.Len(); got != 1000 {
		t.Errorf("%d keys are remembered afterwards", got)
	}
}

// A key that is cut out of a longer text does not keep the text.
func TestAKeyKeepsNoMoreThanItself(t *testing.T) {
	before := heap()
	s := memory.New(memory.Config{Keys: 8000}, nil)
	for i := range 1000 {
		long := strconv.Itoa(i) + strings.Repeat(" ", 10_000)
		reserve(t.Context(), s, units(1, rate(100, time.Hour), long[:4]))
	}
	if got := heap() - before; got > 5_000_000 {
		t.Errorf("1000 short keys take %d bytes", got)
	}
	runtime.KeepAlive(s)
}
