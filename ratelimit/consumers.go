package ratelimit

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Consumer is one of those who were refused most.
type Consumer struct {
	// Rule is the rule that refused, and Plan the plan that it is of.
	Rule string `json:"rule"`
	Plan string `json:"plan,omitempty"`
	// By is whom the rule counts together, and Subject who of them it was.
	By      By     `json:"by"`
	Subject string `json:"subject"`
	// Refused is how often, and at most so often too many.
	Refused uint64 `json:"refused"`
	Over    uint64 `json:"at_most_over,omitempty"`
	// Last is when for the last time.
	Last time.Time `json:"last"`
}

// consumers remembers who was refused most, of any number of them, in bounded memory: the algorithm is Space-Saving (Metwally,
// Agrawal and El Abbadi, 2005). Whoever comes new takes the place of the one with the fewest refusals, and their number, so that
// nobody's number is too small.
type consumers struct {
	room int

	mu  sync.Mutex
	all map[consumer]*Consumer
}

type consumer struct{ plan, rule, subject string }

func newConsumers(room int) *consumers {
	return &consumers{room: room, all: make(map[consumer]*Consumer, room)}
}

func (c *consumers) refused(r *rule, subject string) {
	if c.room == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := consumer{r.metrics.plan, r.Name, subject}
	known := c.all[key]
	if known == nil {
		key.subject = strings.Clone(subject) // a part of a longer text would keep all of it
		known = &Consumer{Rule: r.Name, Plan: r.metrics.plan, By: r.By, Subject: strings.TrimPrefix(key.subject, nameless)}
		known.Refused = c.makeRoom()
		known.Over = known.Refused
		c.all[key] = known
	}
	known.Refused++
	known.Last = time.Now()
}

// makeRoom forgets the one with the fewest refusals where all places are taken, and returns their number.
func (c *consumers) makeRoom() uint64 {
	if len(c.all) < c.room {
		return 0
	}
	var least consumer
	fewest := uint64(0)
	for key, each := range c.all {
		if fewest == 0 || each.Refused < fewest {
			least, fewest = key, each.Refused
		}
	}
	delete(c.all, least)
	return fewest
}

// Consumers are those who were refused most, the most refused first.
func (l *Limiter) Consumers() []Consumer {
	c := l.consumers
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]Consumer, 0, len(c.all))
	for _, each := range c.all {
		list = append(list, *each)
	}
	slices.SortFunc(list, func(a, b Consumer) int {
		return cmp.Or(cmp.Compare(b.Refused, a.Refused), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject, b.Subject))
	})
	return list
}
