package purge

import (
	"math"
	"sync/atomic"
	"time"
)

// touch is when this process last knew of all purges that the instances share. Times count from born, by a clock that nobody
// sets.
type touch struct {
	born  time.Time
	bound time.Duration
	last  atomic.Int64
}

func (t *touch) open(bound time.Duration) {
	t.born, t.bound = time.Now(), bound
	t.last.Store(math.MinInt64)
}

// Touch says that this process knew of all purges of the shared order at a time. It is back then if it had not known of them for
// longer than the bound, and everything that was kept before is purged here: others may be back later, and tell then of what they
// have purged meanwhile. One goroutine calls it.
func (l *Log) Touch(at time.Time) (back bool) {
	if l.teller == nil {
		return false
	}
	if back = l.touch.lapsed(); back {
		l.leaveBehind()
	}
	l.touch.last.Store(int64(at.Sub(l.touch.born)))
	return back
}

// leaveBehind purges all that was kept here, and all that was left for others until now.
func (l *Log) leaveBehind() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Now()
	now.Local++
	l.miss(mark{local: now.Local, shared: now.Shared + 1})
	l.now.Store(&now)
}

// InTouch reports whether the shared order was known within the bound of the teller. It is false where there is none.
func (l *Log) InTouch() bool { return l.teller != nil && l.touch.inTouch() }

func (t *touch) inTouch() bool { return int64(time.Since(t.born)-t.bound) <= t.last.Load() }

// lapsed reports whether the shared order has not been known for longer than the bound, if ever.
func (t *touch) lapsed() bool { return !t.inTouch() && time.Since(t.born) > t.bound }

// holds reports whether no purge that others made longer ago than the bound can be missing, of what was kept at a time. A time
// that is yet to come is somebody else's, and says nothing.
func (t *touch) holds(kept time.Time) bool {
	if t.inTouch() {
		return true
	}
	age := time.Since(kept)
	return age >= 0 && age <= t.bound
}
