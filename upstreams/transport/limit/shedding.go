package limit

import "time"

// calm is how long nobody must have been turned away until shedding is over.
const calm = 5 * time.Second

// shedding knows whether calls are being turned away, so that one line of the log says that it began and one that it is over.
type shedding struct {
	on    bool
	began time.Duration
	last  time.Duration
	calls int // turned away since it began
}

// shed notes a call that is turned away, and reports whether it is the first.
func (s *shedding) shed(now time.Duration) (begins bool) {
	begins = !s.on
	if begins {
		*s = shedding{on: true, began: now}
	}
	s.last = now
	s.calls++
	return begins
}

// over reports whether shedding has come to its end, once.
func (s *shedding) over(now time.Duration) bool {
	if !s.on || now-s.last < calm {
		return false
	}
	s.on = false
	return true
}
