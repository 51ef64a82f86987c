package loaders

import (
	"context"
	"sync"

	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/waterfall"
)

// level knows when the batches of a request must leave: when nothing else of it can run.
//
// It counts the resolvers that have begun or are about to (open), those of them that wait for a load (waiting), and the batches
// under way (flying). A resolver that returns opens the ones below it, whose number its value and the selection tell. Once all
// that is open waits and nothing flies, no further key can come, so every collected batch leaves. Batches that are collected
// while others fly wait for those: their answers open resolvers whose keys may belong to the same level. No clock is involved.
//
// What leaves before the others leaves alone: those whom it lets on may add to the rest.
type level struct {
	mu      sync.Mutex
	open    int
	waiting int
	flying  int
	batches [ranks][]batch
	ended   bool

	tolls *tolls // nil where no field is limited
	calls *waterfall.Recorder
	above *tracing.Span // nil where the request is not recorded
	span  *tracing.Span // of the calls that are under way
}

// rank is the order in which batches of one level leave.
type rank int

const (
	ofValues  rank = iota // gates, for what is shown of the records that have come
	ofKeys                // gates, for the keys of limited fields
	ofSources             // calls
	ranks
)

// batch is the part of a loader, or of a gate, that a level needs to know.
type batch interface {
	// board takes the collected keys and returns what flies them: keys that come later go with the next batch.
	board() (fly func())
}

// enter opens n resolvers.
func (l *level) enter(n int) {
	l.mu.Lock()
	l.open += n
	l.mu.Unlock()
}

// leave closes one resolver and opens the n below it.
func (l *level) leave(n int) {
	l.mu.Lock()
	l.open += n - 1
	ready := l.ready()
	l.mu.Unlock()
	depart(ready)
}

// collect notes that a batch has something to send.
func (l *level) collect(when rank, b batch) {
	l.mu.Lock()
	l.batches[when] = append(l.batches[when], b)
	l.mu.Unlock()
}

// await says that a resolver waits for a flight, unless that has landed already.
func (l *level) await(f *flight) {
	l.mu.Lock()
	if !f.hasLanded() {
		f.waiters++
		l.waiting++
	}
	ready := l.ready()
	l.mu.Unlock()
	depart(ready)
}

// land ends a flight: those who waited for it can run. They count as running from here on, and not from when they wake, so that
// no batch leaves in between without their keys.
func (l *level) land(f *flight) {
	l.mu.Lock()
	l.flying--
	l.waiting -= f.waiters
	close(f.landed)
	ready := l.ready()
	l.mu.Unlock()
	depart(ready)
}

// end lets every batch leave, now and from now on. It is called when the request has ended: its calls then fail at once, and
// nobody is left waiting.
func (l *level) end() {
	l.mu.Lock()
	l.ended = true
	ready := l.ready()
	l.mu.Unlock()
	depart(ready)
}

// ready boards the batches that must leave now. It is called under the lock, so that all of them have boarded before the first
// can be back; they depart outside it.
func (l *level) ready() (flights []func()) {
	if l.flying == 0 {
		l.span.End()
	}
	if !l.ended && (l.flying > 0 || l.waiting < l.open) {
		return nil
	}
	for when := range l.batches {
		for _, b := range l.batches[when] {
			flights = append(flights, b.board())
		}
		if rank(when) == ofSources && len(l.batches[when]) > 0 {
			l.calls.Next()
			l.span = l.above.Start("level")
		}
		l.batches[when] = nil
		if len(flights) > 0 && !l.ended {
			break
		}
	}
	l.flying += len(flights)
	return flights
}

// under is a context for a call of the level.
func (l *level) under(ctx context.Context) context.Context {
	if l.above == nil {
		return ctx
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.span == nil {
		return ctx // the trace has no room for more
	}
	return tracing.With(ctx, l.span)
}

func depart(flights []func()) {
	for _, fly := range flights {
		go fly()
	}
}

// flight is a batch's way to its service and back, and how many wait for it.
type flight struct {
	landed  chan struct{}
	waiters int
}

func newFlight() *flight { return &flight{landed: make(chan struct{})} }

// arrived is a flight that has landed.
func arrived() *flight {
	f := newFlight()
	close(f.landed)
	return f
}

func (f *flight) hasLanded() bool {
	select {
	case <-f.landed:
		return true
	default:
		return false
	}
}
