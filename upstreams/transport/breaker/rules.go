package breaker

import (
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// rules are what all phases decide by.
type rules struct {
	Config
	random func() float64 // from 0 to 1
}

// result is how a call ended, as far as it matters.
type result struct{ counts, failed, slow bool }

func (c Config) judge(outcome attempt.Outcome, took time.Duration) result {
	return result{
		counts: outcome.Counts(),
		failed: outcome.Failure(),
		slow:   c.SlowRate > 0 && took >= c.SlowAfter,
	}
}

func (r result) tally() tally {
	t := tally{calls: 1}
	if r.failed {
		t.failed = 1
	}
	if r.slow {
		t.slow = 1
	}
	return t
}

// toOpen stays open for about wait.
func (r *rules) toOpen(now time.Time, reason string, wait time.Duration) move {
	jittered := min(r.jitter(wait), r.MaxOpen)
	return move{to: &open{rules: r, until: now.Add(jittered), wait: wait}, reason: reason, wait: jittered}
}

func (r *rules) toClosed(now time.Time) *closed {
	return &closed{rules: r, window: newWindow(now, r.Window)}
}

// longer is how long to stay open after wait was not enough.
func (r *rules) longer(wait time.Duration) time.Duration { return min(2*wait, r.MaxOpen) }

// jitter adds or takes up to a tenth.
func (r *rules) jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.9 + 0.2*r.random()))
}
