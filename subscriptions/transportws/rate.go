package transportws

import (
	"context"
	"time"
)

// rate bounds how many messages a second a connection sends. It belongs to one goroutine.
type rate struct {
	each  time.Duration // what one message takes
	most  time.Duration // what can be saved up
	saved time.Duration
	last  time.Time
}

func newRate(perSecond int, now time.Time) rate {
	return rate{each: time.Second / time.Duration(perSecond), most: time.Second, saved: time.Second, last: now}
}

// Pings says of each ping of a connection whether it is answered: so many a second, and as many at once. It belongs to the
// goroutine that reads.
func Pings(perSecond int) func(context.Context, []byte) bool {
	r := newRate(perSecond, time.Now())
	return func(context.Context, []byte) bool { return r.take(time.Now()) }
}

// take is false where there are too many.
func (r *rate) take(now time.Time) bool {
	r.saved = min(r.most, r.saved+now.Sub(r.last))
	r.last = now
	if r.saved < r.each {
		return false
	}
	r.saved -= r.each
	return true
}
