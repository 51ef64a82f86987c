package tracing

import (
	"encoding/binary"
	"math"
	"sync"
	"time"
)

// boundOf is what a share of all traces is below of. The number of a trace is the last 56 bits of its id, which are random where
// anything of it is (W3C Trace Context, level 2), so that all programs which go by it choose the same traces.
func boundOf(share float64) uint64 { return uint64(max(share, 0) * (1 << numberBits)) }

const numberBits = 56

// chooses reports whether a trace is one of the share that is recorded.
func (t *Tracer) chooses(trace [16]byte) bool {
	return t.all || binary.BigEndian.Uint64(trace[8:])&(1<<numberBits-1) < t.bound
}

// rate bounds how many traces begin in a second. It is asked for those alone that would be recorded.
type rate struct {
	most float64

	mu   sync.Mutex
	left float64
	last time.Time
}

// take reports whether one more may begin.
func (r *rate) take(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last.IsZero() {
		r.left = r.most
	} else {
		r.left = math.Min(r.most, r.left+r.most*now.Sub(r.last).Seconds())
	}
	r.last = now
	if r.left < 1 {
		return false
	}
	r.left--
	return true
}

// records decides about a trace.
func (t *Tracer) records(wanted bool) bool {
	if !wanted {
		return false
	}
	if !t.rate.take(time.Now()) {
		t.metrics.over.Inc()
		return false
	}
	return true
}
