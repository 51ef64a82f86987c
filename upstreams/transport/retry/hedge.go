package retry

import (
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// hedgeable reports whether a request only reads, and has nothing to send.
func hedgeable(req *http.Request) bool {
	return (req.Method == http.MethodGet || req.Method == http.MethodHead) && (req.Body == nil || req.Body == http.NoBody)
}

// hedged makes an attempt, and a second one elsewhere when the first is slower than most (Dean and Barroso, The tail at scale).
// The first good answer wins, or else the last bad one.
func (c *call) hedged(now time.Time) result {
	ended := make(chan *try, 2)
	first := c.race(c.newTry(now), ended)
	patience, stop := c.patience(now)
	defer stop()
	select {
	case <-ended:
		return first.settle()
	case <-patience:
	}
	if now = time.Now(); !c.mayHedge(now) {
		return (<-ended).settle()
	}
	second := c.newTry(now)
	second.Hedge = true
	c.race(second, ended)
	winner := <-ended
	if winner.good() {
		loser := first
		if winner == first {
			loser = second
		}
		loser.ending.end(attempt.ErrOutrun)
		go func() { (<-ended).lose() }() // it comes as soon as the transport below has noticed
	} else {
		winner.lose()
		winner = <-ended
	}
	c.metrics.hedged(winner == second && winner.good())
	return winner.settle()
}

// race runs an attempt beside others.
func (c *call) race(t *try, ended chan<- *try) *try {
	go func() {
		t.run()
		ended <- t
	}()
	return t
}

// patience ends when it is time for a second attempt, and never where nobody knows when that is.
func (c *call) patience(now time.Time) (over <-chan time.Time, stop func()) {
	usual, known := c.usual.percentile(now, c.hedge.Percentile)
	if !known {
		return nil, func() {}
	}
	timer := time.NewTimer(usual)
	return timer.C, func() { timer.Stop() }
}

// mayHedge reports whether there is somewhere to go, and time and budget for it.
func (c *call) mayHedge(now time.Time) bool {
	return c.others(&c.attempts) && c.startable(now) == nil && c.budget.withdraw(now)
}

// lose ends an attempt that another has outrun.
func (t *try) lose() {
	t.end(attempt.ErrOutrun)
	t.discard()
}
