// Package breaker answers whether something is called at all, given how its last calls went.
//
// A Breaker is closed, open or half-open. It opens when too many of the last calls failed or were slow. After a while it is
// half-open: a few calls are made to see how they end. If all pass, it closes, and calls come back by and by; if one fails, it is
// open again, for longer. (Nygard, Release It!, describes the pattern.)
package breaker

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// Breaker lets calls through, or not. It is safe for concurrent use.
type Breaker struct {
	rules   *rules
	changed func(Change)
	refused func()

	// calm is the generation while it is closed for good and every call is let through, and 0 at other times. It spares calls the
	// lock, and a balancer that asks every endpoint.
	calm atomic.Uint64

	mu         sync.Mutex
	phase      phase
	generation uint64   // which state it is, counted from 1, so that a late result says nothing about another
	news       []Change // not told yet
	telling    bool
}

// New returns a closed breaker. It calls changed, which may be nil, once for each change, in their order and without a lock.
// Changes that time alone makes are noticed, and told, when the breaker is next asked for anything.
func New(config Config, changed func(Change)) *Breaker {
	b := &Breaker{rules: &rules{Config: config, random: rand.Float64}, changed: changed, generation: 1}
	b.phase = b.rules.toClosed(time.Now())
	b.calm.Store(b.generation)
	return b
}

// Allow lets a call through, whose end must then be told to its ticket. Otherwise the error is an *OpenError.
func (b *Breaker) Allow() (Ticket, error) {
	if generation := b.calm.Load(); generation != 0 {
		return Ticket{b, generation}, nil
	}
	ticket, err := b.admit()
	if err != nil && b.refused != nil {
		b.refused()
	}
	return ticket, err
}

// Ready reports whether Allow could let a call through now. It takes no probe's place. While calls are coming back it is true,
// though Allow refuses some of them.
func (b *Breaker) Ready() bool {
	if b.calm.Load() != 0 {
		return true
	}
	b.lock()
	defer b.unlock()
	return b.phase.ready()
}

// State is the state now. A breaker whose open time is over is half-open, though no call has come yet.
func (b *Breaker) State() State {
	if b.calm.Load() != 0 {
		return Closed
	}
	b.lock()
	defer b.unlock()
	return b.phase.state()
}

// Ticket is the right to make one call. The zero Ticket belongs to no breaker.
type Ticket struct {
	breaker    *Breaker
	generation uint64
}

// Done says how the call ended and how long it took. It must be called exactly once: a probe that never ends keeps its place.
func (t Ticket) Done(outcome attempt.Outcome, took time.Duration) {
	if t.breaker == nil || !t.breaker.rules.Enabled {
		return
	}
	t.breaker.done(t.generation, t.breaker.rules.judge(outcome, took))
}

func (b *Breaker) admit() (Ticket, error) {
	now := b.lock()
	defer b.unlock()
	if retryAfter, ok := b.phase.admit(now); !ok {
		return Ticket{}, &OpenError{State: b.phase.state(), RetryAfter: retryAfter}
	}
	return Ticket{b, b.generation}, nil
}

func (b *Breaker) done(generation uint64, r result) {
	now := b.lock()
	defer b.unlock()
	if generation == b.generation {
		b.enter(b.phase.done(now, r))
	}
}

// lock takes the lock and makes the move that time has made. The time is read under the lock, so that it goes forward only.
func (b *Breaker) lock() (now time.Time) {
	b.mu.Lock()
	now = time.Now()
	b.enter(b.phase.settle(now))
	return now
}

func (b *Breaker) enter(m move) {
	if m.to == nil {
		return
	}
	from, to := b.phase.state(), m.to.state()
	b.phase = m.to
	if from != to {
		b.generation++
		b.note(Change{From: from, To: to, Reason: m.reason, For: m.wait})
	}
	b.calm.Store(0)
	if _, calm := m.to.(*closed); calm {
		b.calm.Store(b.generation)
	}
}

func (b *Breaker) note(change Change) {
	if b.changed != nil {
		b.news = append(b.news, change)
	}
}

// unlock tells of the changes and gives the lock back. One goroutine tells at a time, which keeps them in order; others leave
// theirs to it.
func (b *Breaker) unlock() {
	defer b.mu.Unlock()
	for !b.telling && len(b.news) > 0 {
		b.tell()
	}
}

// tell hands on the oldest change. Nobody waits for the lock meanwhile.
func (b *Breaker) tell() {
	change := b.news[0]
	b.news = b.news[1:]
	b.telling = true
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		b.telling = false
	}()
	b.changed(change)
}
