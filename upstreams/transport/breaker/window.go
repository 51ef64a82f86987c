package breaker

import "time"

// window counts how the last calls ended. It is the sum of ten buckets; as time goes on, the oldest is emptied for a new one. So
// it looks back over nine to ten tenths of its length.
type window struct {
	began   time.Time
	width   time.Duration // of a bucket
	newest  int           // the number of the last bucket, counted from began
	buckets [10]tally
	sum     tally
}

// tally is a number of calls, and how many of them failed and were slow.
type tally struct{ calls, failed, slow int }

func newWindow(now time.Time, length time.Duration) window {
	return window{began: now, width: length / time.Duration(len(window{}.buckets))}
}

// add counts what is new, and returns all that is in the window. A clock that goes back counts into the newest bucket.
func (w *window) add(now time.Time, t tally) tally {
	w.advance(int(now.Sub(w.began) / w.width))
	bucket := w.bucket(w.newest)
	*bucket = bucket.plus(t)
	w.sum = w.sum.plus(t)
	return w.sum
}

// advance empties the buckets that began since.
func (w *window) advance(to int) {
	for next := max(w.newest+1, to-len(w.buckets)+1); next <= to; next++ {
		bucket := w.bucket(next)
		w.sum = w.sum.minus(*bucket)
		*bucket = tally{}
	}
	w.newest = max(w.newest, to)
}

func (w *window) bucket(number int) *tally { return &w.buckets[number%len(w.buckets)] }

func (t tally) plus(u tally) tally {
	return tally{t.calls + u.calls, t.failed + u.failed, t.slow + u.slow}
}

func (t tally) minus(u tally) tally {
	return tally{t.calls - u.calls, t.failed - u.failed, t.slow - u.slow}
}

// reaches reports whether a part of the calls is at least so many percent of them.
func (t tally) reaches(percent, part int) bool { return part*100 >= percent*t.calls }
