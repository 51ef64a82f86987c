package limit

import (
	"math"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

// unstrained is a process that has all the processors that it needs.
func unstrained() time.Duration { return 0 }

func TestStrainIsWhatNineInTenWaitedSinceTheLastTime(t *testing.T) {
	buckets := []float64{math.Inf(-1), 0, 0.001, 0.010, math.Inf(1)}
	s := new(strain)
	for _, c := range []struct {
		counts []uint64 // of all time
		want   time.Duration
	}{
		{[]uint64{0, 0, 0, 0}, 0},
		{[]uint64{0, 95, 5, 0}, 0},
		{[]uint64{0, 100, 95, 5}, time.Millisecond},
		{[]uint64{0, 100, 95, 105}, 10 * time.Millisecond},
		{[]uint64{0, 100, 95, 105}, 0},
		{[]uint64{0, 189, 105, 106}, time.Millisecond},
	} {
		if got := s.since(&metrics.Float64Histogram{Counts: c.counts, Buckets: buckets}); got != c.want {
			t.Errorf("after %v in all, nine in ten waited %v, want %v", c.counts, got, c.want)
		}
	}
}

func TestGoTellsHowLongItsGoroutinesWait(t *testing.T) {
	s := new(strain)
	s.waits()
	for range 100 {
		runtime.Gosched()
	}
	if got := s.waits(); got < 0 || got > time.Minute {
		t.Errorf("nine in ten goroutines waited %v", got)
	}
	if s.sample[0].Value.Kind() != metrics.KindFloat64Histogram {
		t.Error("this version of Go has another name for it")
	}
}

// All times look ten times as long, because answers wait for a processor of ours.
func TestAProcessThatIsShortOfProcessorsBlamesNoService(t *testing.T) {
	for strained, sinks := range map[bool]bool{false: true, true: false} {
		waits := time.Duration(0)
		c := newCapacity(10, 100, func() time.Duration { return waits })
		now := time.Duration(0)
		window := func(took time.Duration, held bool) {
			for range 30 {
				now += 10 * time.Millisecond
				c.admit(90)
				if held {
					c.hold()
				}
				c.observe(sample{kind: 1, began: now - took, ended: now, inFlight: 90})
			}
		}
		for range 20 {
			window(time.Millisecond, false)
		}
		if strained {
			waits = 5 * time.Millisecond
		}
		for range 20 {
			window(10*time.Millisecond, true)
		}
		if got := c.limit < 50; got != sinks {
			t.Errorf("where the process is strained: %t, the limit is %v, want it to sink: %t", strained, c.limit, sinks)
		}
	}
}
