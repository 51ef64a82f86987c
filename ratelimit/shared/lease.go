package shared

import (
	"time"

	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/window"
)

// lease is what has been taken of one counter in Redis and not been used yet.
//
// What is in hand, what is held for reservations that are not decided yet, and what has been asked for are together never more
// than the lease's size. Whatever passes was taken before. So in any interval of a period no more passes than was taken in it,
// which is the limit, and what each instance had in hand when it began.
type lease struct {
	key  string
	rate limiter.Rate
	size int64

	portions     []portion // in hand, the oldest first, which is used first
	tokens       int64     // how many those are together
	held, coming int64

	remaining int64         // what Redis had left when it was last asked
	blocked   int64         // until when it has no more, by the local store's clock
	need      int64         // than this
	ends      int64         // when what is in hand goes back
	asking    chan struct{} // closed when the question that is under way has been answered
	dead      bool          // it is nobody's any more
}

// portion is what was taken at one time.
type portion struct {
	moment
	n int64
}

// put takes portions into hand.
func (l *lease) put(p ...portion) {
	for _, each := range p {
		l.tokens += each.n
	}
	l.portions = append(l.portions, p...)
}

// putBack is for portions that were taken out and not used: they are older than those in hand.
func (l *lease) putBack(p []portion) {
	younger := l.portions
	l.portions = append([]portion(nil), p...)
	for _, each := range p {
		l.tokens += each.n
	}
	l.portions = append(l.portions, younger...)
}

// take takes tokens out of hand, of which there are enough.
func (l *lease) take(tokens int64) (out []portion) {
	l.tokens -= tokens
	for tokens > 0 {
		first := &l.portions[0]
		n := min(tokens, first.n)
		out = append(out, portion{first.moment, n})
		first.n -= n
		tokens -= n
		if first.n == 0 {
			l.portions = l.portions[1:]
		}
	}
	return out
}

// empty takes all of it out of hand.
func (l *lease) empty() []portion {
	out := l.portions
	l.portions, l.tokens = nil, 0
	return out
}

// room is how many more may be asked for.
func (l *lease) room() int64 { return l.size - l.tokens - l.held - l.coming }

// known reports whether it is known that Redis has no more than is in hand, for somebody who needs least at least.
func (l *lease) known(least, now int64) bool {
	return now < l.blocked && (l.tokens >= least || least-l.tokens >= l.need)
}

// low reports whether it is time to ask for more.
func (l *lease) low(now int64) bool {
	return l.asking == nil && l.tokens+l.coming <= l.size/2 && l.room() > 0 && now >= l.blocked
}

// learn reads Redis's answer to a question for tokens.
func (l *lease) learn(r *charge.Reservation, now int64) {
	l.remaining, l.blocked = r.Charges[0].Remaining, 0
	if r.Granted < r.Want {
		l.need = r.Least
		l.blocked = now + r.Charges[0].Wait.Microseconds()
		if r.Charges[0].Wait == charge.Never {
			l.blocked = now + window.Period(l.rate)
		}
	}
}

// tell says in a charge what is left of it, for somebody who needs least at least.
func (l *lease) tell(each *charge.Charge, least, now int64) {
	each.Remaining = min(l.tokens+l.remaining, each.Rate.Limit)
	switch {
	case least > each.Rate.Limit:
		each.Wait = charge.Never
	case each.Remaining >= least:
		each.Wait = 0
	default:
		each.Wait = time.Duration(max(0, l.blocked-now)) * time.Microsecond
	}
}
