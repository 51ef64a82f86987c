package limit

import (
	"runtime/metrics"
	"time"
)

// strain tells how short this process is of processors. Its owner sees to it that one goroutine at a time uses it.
type strain struct {
	sample [1]metrics.Sample
	counts []uint64 // of all that was seen before, by how long it waited
}

// most is which part of the goroutines the wait is told of: nine in ten.
const most = 0.9

// waits is how long nine in ten of the goroutines that could run since the last call waited at most until they did. It is 0 where
// there were none.
func (s *strain) waits() time.Duration {
	s.sample[0].Name = "/sched/latencies:seconds"
	metrics.Read(s.sample[:])
	if s.sample[0].Value.Kind() != metrics.KindFloat64Histogram {
		return 0 // this version of Go does not tell
	}
	return s.since(s.sample[0].Value.Float64Histogram())
}

func (s *strain) since(now *metrics.Float64Histogram) time.Duration {
	if s.counts == nil {
		s.counts = make([]uint64, len(now.Counts))
	}
	total := uint64(0)
	for i, count := range now.Counts {
		s.counts[i] = count - s.counts[i]
		total += s.counts[i]
	}
	edge, seen := 0.0, uint64(0)
	for i, count := range s.counts {
		seen += count
		if count > 0 {
			edge = now.Buckets[i] // the lower one: the last bucket has no upper
		}
		if float64(seen) >= most*float64(total) {
			break
		}
	}
	copy(s.counts, now.Counts)
	return time.Duration(max(edge, 0) * float64(time.Second))
}
