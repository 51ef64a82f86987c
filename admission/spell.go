package admission

import (
	"sync/atomic"
	"time"
)

// quiet is for how long nobody must have been turned away before a spell is over.
const quiet = 5 * time.Second

// spell is a time in which requests are turned away, from the first of them until it has been quiet. No timer waits for its end:
// the next request notices.
type spell struct {
	last atomic.Int64 // when a request was last turned away, in nanoseconds since 1970; 0 outside of a spell
	shed atomic.Int64 // how many were
}

// on tells whether there is a spell that may be over.
func (s *spell) on() bool { return s.last.Load() != 0 }

// count notes that a request is turned away, and tells whether a spell begins with it.
func (s *spell) count(now time.Time) (begins bool) {
	s.shed.Add(1)
	return s.last.Swap(now.UnixNano()) == 0
}

// end ends a spell that is over. It tells so once, and how many requests were turned away.
func (s *spell) end(now time.Time) (shed int64, ended bool) {
	last := s.last.Load()
	if last == 0 || now.UnixNano()-last < int64(quiet) || !s.last.CompareAndSwap(last, 0) {
		return 0, false
	}
	return s.shed.Swap(0), true
}
