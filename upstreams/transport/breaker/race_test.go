package breaker

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

func TestManyFailuresAtOnceOpenItOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changes []Change
		b := New(DefaultConfig(), func(c Change) { changes = append(changes, c) })
		var tickets []Ticket
		for range 200 {
			ticket, err := b.Allow()
			if err != nil {
				t.Fatal(err)
			}
			tickets = append(tickets, ticket)
		}
		var callers sync.WaitGroup
		for _, ticket := range tickets {
			callers.Go(func() { ticket.Done(attempt.Failed, 0) })
		}
		callers.Wait()
		if len(changes) != 1 || changes[0].To != Open {
			t.Errorf("it told of %v, want of one change", changes)
		}
	})
}

func TestManyCallersAtOnceGetNoMoreThanTheProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &story{T: t, b: New(DefaultConfig(), nil)}
		s.opens()
		time.Sleep(6 * time.Second)
		var callers sync.WaitGroup
		probes := make(chan Ticket, 200)
		for range 200 {
			callers.Go(func() {
				if ticket, err := s.b.Allow(); err == nil {
					probes <- ticket
				}
			})
		}
		callers.Wait()
		if got := len(probes); got != 3 {
			t.Errorf("%d probes went out, want 3", got)
		}
	})
}

// flow is what many callers do and see: the changes, and how many of their calls were in flight in each generation.
type flow struct {
	b *Breaker

	mu       sync.Mutex
	changes  []Change
	inFlight map[uint64]int
	most     map[uint64]int
}

func (f *flow) hear(c Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes = append(f.changes, c)
}

func (f *flow) count(ticket Ticket, by int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inFlight[ticket.generation] += by
	f.most[ticket.generation] = max(f.most[ticket.generation], f.inFlight[ticket.generation])
}

// call makes a call if it may.
func (f *flow) call(outcome attempt.Outcome) {
	f.b.Ready()
	f.b.State()
	ticket, err := f.b.Allow()
	if err != nil {
		return
	}
	f.count(ticket, 1)
	time.Sleep(tens(20))
	f.count(ticket, -1)
	ticket.Done(outcome, 0)
}

func TestManyCallersSeeEachChangeOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flow{inFlight: make(map[uint64]int), most: make(map[uint64]int)}
		config := DefaultConfig()
		config.Ramp = time.Second
		f.b = New(config, f.hear)
		begin := time.Now()
		var callers sync.WaitGroup
		for range 32 {
			callers.Go(func() {
				for range 2000 {
					f.call(weather(time.Since(begin)))
					time.Sleep(tens(5))
				}
			})
		}
		callers.Wait()
		if len(f.changes) < 10 {
			t.Errorf("it told of %v, want more of a story", f.changes)
		}
		states := []State{Closed} // of each generation
		for _, change := range f.changes {
			if last := states[len(states)-1]; change.From != last {
				t.Errorf("it told of a change from %v to %v, being %v", change.From, change.To, last)
			}
			states = append(states, change.To)
		}
		for i, state := range states {
			most := f.most[uint64(i+1)]
			if state == HalfOpen && most > config.Probes || state == Open && most > 0 {
				t.Errorf("%d calls were in flight while it was %v", most, state)
			}
		}
	})
}

// weather is fair and foul in turns, for fifteen seconds each.
func weather(since time.Duration) attempt.Outcome {
	foul := since/(15*time.Second)%2 == 1
	switch {
	case rand.N(10) == 0:
		return attempt.Cancelled
	case foul && rand.N(10) < 8:
		return attempt.Failed
	default:
		return attempt.Answered
	}
}

// tens is a pause of whole tens of milliseconds, so that several callers come at the same time.
func tens(n int) time.Duration { return time.Duration(10*rand.N(n)) * time.Millisecond }
