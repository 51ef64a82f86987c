package balancer

import (
	"math"
	"sync/atomic"
	"time"
)

// latency is how long an endpoint takes to answer: the peak EWMA of Finagle. An answer slower than the average replaces it at
// once, a quicker one draws it down by and by. So an endpoint that becomes slow is left alone within one answer.
//
// Its two numbers are read and written without a lock. Two answers at the same moment may each take a little of the other's
// time; an average can bear that.
type latency struct {
	average atomic.Uint64 // a float64, in nanoseconds; 0 while there was no answer
	at      atomic.Int64  // when the last answer came, on the pool's clock
}

const (
	// decay is in which time the average comes down by two thirds of its distance.
	decay = 10 * time.Second
	// assumed is the latency of an endpoint that has not answered yet.
	assumed = 10 * time.Millisecond
	// silence is what no answer counts for, at least: a refused connection is over in no time, and must not look quick.
	silence = time.Second
	// stale is for how long what is known of an endpoint that gets no calls says anything. One that failed once and was left alone
	// since would be well again long before its average has faded.
	stale = 10 * time.Second
	// worse is how much slower than its average an endpoint looks by an answer that is a failure. A failure is often quick too.
	// One counts for less than silence, because it may have been the request's own fault; a few in a row count for as much.
	worse = 10
)

// forget makes the latency that of an endpoint which never answered.
func (l *latency) forget() { l.average.Store(0) }

// answered notes an answer.
func (l *latency) answered(now, took time.Duration) {
	l.add(now, func(float64) float64 { return float64(took) })
}

// erred notes an answer that says that something went wrong.
func (l *latency) erred(now, took time.Duration) {
	l.add(now, func(average float64) float64 {
		return max(float64(took), average, min(worse*average, float64(silence)))
	})
}

// silent notes that there was no answer.
func (l *latency) silent(now, took time.Duration) {
	l.add(now, func(average float64) float64 { return max(float64(took), average, float64(silence)) })
}

// add takes a sample in, which may depend on the average before it.
func (l *latency) add(now time.Duration, sample func(average float64) float64) {
	for {
		old := l.average.Load()
		average, passed := math.Float64frombits(old), now-time.Duration(l.at.Load())
		if average == 0 || passed >= stale {
			average, passed = float64(assumed), math.MaxInt64
		}
		next := blend(average, sample(average), passed)
		if l.average.CompareAndSwap(old, math.Float64bits(max(next, 1))) {
			l.at.Store(int64(now))
			return
		}
	}
}

func blend(average, sample float64, passed time.Duration) float64 {
	if sample >= average {
		return sample
	}
	return sample + (average-sample)*fade(passed)
}

// fade is how much of a distance is left after a time.
func fade(passed time.Duration) float64 {
	return math.Exp(-float64(max(passed, 0)) / float64(decay))
}

// expected is the latency of the next answer in nanoseconds, false while nobody knows. It fades while no answer comes, so that an
// endpoint that was slow is asked again one day, also if it still works on a long call.
func (l *latency) expected(now time.Duration) (nanoseconds float64, known bool) {
	average, since := math.Float64frombits(l.average.Load()), now-time.Duration(l.at.Load())
	return average * fade(since), average != 0 && since < stale
}
