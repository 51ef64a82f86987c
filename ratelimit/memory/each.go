package memory

import (
	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/window"
)

// Each yields what the counters hold that passed at since or later, by the store's clock in microseconds: each counter's runs one
// after the other, the oldest first, with the rate that it was last charged with, and when the last of the units passed. Of the
// first run some may have passed before since. A counter's runs are of one moment, and no lock is held while they are yielded. It
// ends when yield returns false.
func (s *Store) Each(since int64, yield func(key string, rate limiter.Rate, last, units int64) bool) {
	var p picture
	for i := range s.shards {
		p.take(&s.shards[i], s.Now, since)
		if !p.show(yield) {
			return
		}
	}
}

// picture is what a shard's counters held at one moment. Its memory serves one shard after the other.
type picture struct {
	runs []window.Run
	of   []pictured
}

// pictured is what a counter held.
type pictured struct {
	key  string
	rate limiter.Rate
	runs int // how many
}

func (p *picture) take(s *shard, clock func() int64, since int64) {
	p.runs, p.of = p.runs[:0], p.of[:0]
	s.mu.Lock()
	defer s.mu.Unlock()
	now := clock()
	for _, e := range s.entries {
		before := len(p.runs)
		for _, run := range e.counter.Runs(e.rate(), now) {
			if run.Last >= since {
				p.runs = append(p.runs, run)
			}
		}
		if many := len(p.runs) - before; many > 0 {
			p.of = append(p.of, pictured{e.key, e.rate(), many})
		}
	}
}

func (p *picture) show(yield func(key string, rate limiter.Rate, last, units int64) bool) bool {
	next := 0
	for _, e := range p.of {
		for _, run := range p.runs[next : next+e.runs] {
			if !yield(e.key, e.rate, run.Last, run.Units) {
				return false
			}
		}
		next += e.runs
	}
	return true
}
