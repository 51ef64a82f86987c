package limit

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// step is one thing that can be done to a limiter, and to whom.
type step struct {
	do  string
	who int
}

func anyStep(t *rapid.T) step {
	return step{
		rapid.SampledFrom([]string{"arrive", "release", "answer", "read", "leave", "decide", "time passes"}).Draw(t, "do"),
		rapid.IntRange(0, 11).Draw(t, "who"),
	}
}

// model knows who has a place and who waits.
type model struct {
	limiter *Limiter
	leave   []context.CancelFunc
	read    int // answers that are still being read

	mu      sync.Mutex
	places  []Permit
	waiting int
}

func (m *model) do(s step) {
	switch s.do {
	case "arrive":
		m.arrive(priority.Classes()[s.who%3])
	case "release":
		if p, ok := m.place(s.who); ok {
			p.Release(attempt.Outcomes()[s.who%len(attempt.Outcomes())])
		}
	case "answer":
		if p, ok := m.place(s.who); ok {
			m.read++
			p.answered(attempt.Answered)
		}
	case "read":
		if m.read > 0 {
			m.read--
			m.limiter.leave()
		}
	case "leave":
		if came := len(m.leave); came > 0 {
			m.leave[max(0, came-1-s.who)]() // one of the last
		}
	case "decide":
		m.limiter.capacity.limit = float64(1 + s.who%4)
	case "time passes":
		time.Sleep(time.Second / 3)
	}
}

func (m *model) arrive(class priority.Class) {
	ctx, leave := context.WithCancel(context.Background())
	m.leave = append(m.leave, leave)
	m.waiting++
	go func() {
		p, err := m.limiter.Acquire(ctx, class, 0)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.waiting--
		if err == nil {
			m.places = append(m.places, p)
		}
	}()
}

// place takes one of the places that are taken.
func (m *model) place(who int) (p Permit, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.places) == 0 {
		return p, false
	}
	who %= len(m.places)
	p = m.places[who]
	m.places = slices.Delete(m.places, who, who+1)
	return p, true
}

// wrong says what does not add up. Before is how many calls counted then.
func (m *model) wrong(before int) string {
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.inUse != len(m.places):
		return fmt.Sprintf("%d calls count, want %d", l.inUse, len(m.places))
	case l.open != len(m.places)+m.read:
		return fmt.Sprintf("%d calls are open, want %d", l.open, len(m.places)+m.read)
	case l.waiting.length != m.waiting:
		return fmt.Sprintf("%d calls wait, want %d", l.waiting.length, m.waiting)
	case l.inUse > max(l.limit, before), l.open > l.config.Max:
		return fmt.Sprintf("%d calls count of %d, and %d are open of %d", l.inUse, l.limit, l.open, l.config.Max)
	case l.waiting.length > 0 && l.hasRoom():
		return fmt.Sprintf("%d calls wait, though there is room", l.waiting.length)
	case l.waiting.length > l.config.Queue:
		return fmt.Sprintf("%d calls wait, of at most %d", l.waiting.length, l.config.Queue)
	}
	return ""
}

// play does one step after the other, and says what is wrong after the first that goes wrong.
func play(steps []step) string {
	m := &model{limiter: newLimiter(Config{Max: 4, Adaptive: true, Min: 1, Queue: 2, QueueWait: time.Second})}
	defer func() {
		for _, leave := range m.leave {
			leave()
		}
	}()
	for i, s := range steps {
		before := m.limiter.inUse
		m.do(s)
		if wrong := m.wrong(before); wrong != "" {
			return fmt.Sprintf("after step %d: %s", i, wrong)
		}
	}
	for range steps { // everybody goes
		m.do(step{do: "read"})
		m.do(step{do: "release"})
		synctest.Wait()
	}
	if l := m.limiter; l.inUse != 0 || l.open != 0 || l.waiting.length != 0 {
		return fmt.Sprintf("%d calls count, %d are open and %d wait, when all have gone", l.inUse, l.open, l.waiting.length)
	}
	return ""
}

func TestPlacesAddUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(anyStep), 40, 80).Draw(rt, "steps")
		var wrong string
		synctest.Test(t, func(*testing.T) { wrong = play(steps) })
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

// Many goroutines come, wait, leave in the middle of it, and find the limit changing under them.
func TestNoPlaceIsLostOrGivenTwice(t *testing.T) {
	l := newLimiter(Config{Max: 8, Adaptive: true, Min: 2, Queue: 6, QueueWait: time.Millisecond})
	var inUse, tooMany atomic.Int64
	var all sync.WaitGroup
	for worker := range uint64(16) {
		random := rand.New(rand.NewPCG(worker, 1))
		all.Go(func() {
			for range 2000 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(random.IntN(200))*time.Microsecond)
				p, err := l.Acquire(ctx, priority.Class(random.IntN(3)-1), random.Uint64())
				cancel()
				if err != nil {
					continue
				}
				if inUse.Add(1) > 8 {
					tooMany.Add(1)
				}
				inUse.Add(-1)
				p.Release(attempt.Outcomes()[random.IntN(len(attempt.Outcomes()))])
			}
		})
	}
	all.Wait()
	if l.inUse != 0 || l.open != 0 || l.waiting.length != 0 {
		t.Errorf("%d calls count, %d are open and %d wait, when all have gone", l.inUse, l.open, l.waiting.length)
	}
	if n := tooMany.Load(); n > 0 {
		t.Errorf("%d times there were more than 8 calls under way", n)
	}
}
