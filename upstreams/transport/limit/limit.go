// Package limit answers how many calls a service is given at the same time.
//
// A Limiter is a bulkhead, a fixed number of open calls, and within it an adaptive limit, which finds how many calls the service
// can work on. Who finds no room waits in a short queue, the more important first; when that is full, the least important is
// turned away.
//
// The adaptive limit is a gradient: it compares how long calls take with how long they take when nobody has to wait. It is the
// simplest that stayed stable in the simulation that the tests repeat (go test -run SideBySide -v), of a service that answers 400
// calls a second in 50 milliseconds each:
//
//   - Of 800 calls a second, all that can be are answered, and the service has each for 85 ms. A fixed limit of 1000 leaves them
//     2.5 s in the service's own queue. Additive increase and multiplicative decrease, which learns from refusals alone, leaves
//     them there for 370 ms, and longer and longer: this service refuses nothing.
//   - Of 380 calls a second, which fit, it turns none away. Vegas, which takes the quickest call for what calls take, turns away
//     16 %, and a gradient over a running average 13 %: in a service whose calls differ, both see queues where there are none.
//   - When each call takes 200 ms longer because the gateway itself is slow, it turns none away, Vegas 48 %, that gradient 20 %.
//   - Four gateways that share the service, twice overloaded for minutes, keep it busy and its queue short.
//
// Several ways to learn anew what is usual while calls wait were tried (at the lowest limit, by a probe each minute, when a cut
// did not help) and refused: of several gateways, each takes what the others cause for the usual thing, and their limits grow
// without end. The price is that a service which becomes several times slower for good, while the limit turns calls away, stays
// at a low limit until the load falls. The lowest limit is the setting against that.
package limit

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// Why a call was turned away.
var (
	// ErrFull says that as many calls wait for the service as may.
	ErrFull = errors.New("the service has all the calls that it can take, and as many wait as may")
	// ErrWaited says that there was no room for the call as long as it could wait.
	ErrWaited = errors.New("the service has all the calls that it can take, and the wait for room was too long")
)

// Limiter gives a service no more calls than it can take. It is safe for concurrent use.
type Limiter struct {
	config  Config
	metrics *serviceMetrics
	log     *slog.Logger
	start   time.Time

	mu       sync.Mutex
	open     int // calls whose answers have not been read, bounded by the config
	inUse    int // those of them that have none yet, bounded by the limit
	limit    int
	waiting  queue
	capacity *capacity // nil where the limit does not change
	shedding shedding
}

// New returns the limiter of one service. It begins at the most calls that the config allows.
func New(service string, config Config, metrics *Metrics, log *slog.Logger) *Limiter {
	return build(service, config, new(strain).waits, metrics, log)
}

func build(
	service string, config Config, waits func() time.Duration, metrics *Metrics, log *slog.Logger,
) *Limiter {
	l := &Limiter{config: config, metrics: metrics.of(service), log: log, start: time.Now(), limit: config.Max}
	if config.Adaptive {
		l.capacity = newCapacity(config.Min, config.Max, waits)
	}
	l.metrics.limit.Set(float64(l.limit))
	return l
}

// Permit is a place at the service.
type Permit struct {
	limiter *Limiter
	kind    uint64
	began   time.Duration
}

// Acquire waits for a place. Whoever gets one must give it back by Release, once. The kind tells calls apart that usually take
// different times.
//
// The error is an *attempt.WithheldError around ErrFull or ErrWaited, or the cause for which the context ended.
func (l *Limiter) Acquire(ctx context.Context, class priority.Class, kind uint64) (Permit, error) {
	l.mu.Lock()
	if l.enterAtOnce() {
		l.mu.Unlock()
		return Permit{limiter: l, kind: kind, began: l.now()}, nil
	}
	w, err := l.join(ctx, class)
	l.mu.Unlock()
	if err == nil {
		err = l.await(ctx, w)
	}
	if err != nil {
		return Permit{}, l.refuse(ctx, class, err)
	}
	return Permit{limiter: l, kind: kind, began: l.now()}, nil
}

// TryAcquire is Acquire for a place that nobody has to wait for. It is false where there is none.
func (l *Limiter) TryAcquire(kind uint64) (Permit, bool) {
	l.mu.Lock()
	entered := l.enterAtOnce()
	l.mu.Unlock()
	if !entered {
		return Permit{}, false
	}
	return Permit{limiter: l, kind: kind, began: l.now()}, true
}

// Release gives the place back. How the call ended, and how long it took since Acquire, tells what the service can take.
func (p Permit) Release(outcome attempt.Outcome) {
	l := p.limiter
	now := l.now()
	l.mu.Lock()
	l.hear(p, outcome, now)
	l.open--
	l.admit()
	over, shed := l.shedding.over(now), l.shedding
	l.mu.Unlock()
	if over {
		l.tell(shed)
	}
}

// answered says how the call ended, except that its answer may still be read. Until leave, it is open.
func (p Permit) answered(outcome attempt.Outcome) {
	l := p.limiter
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hear(p, outcome, now)
	l.admit()
}

// leave ends a call that has been answered.
func (l *Limiter) leave() {
	l.mu.Lock()
	l.open--
	l.admit()
	over := l.shedding.on && l.shedding.over(l.now())
	shed := l.shedding
	l.mu.Unlock()
	if over {
		l.tell(shed)
	}
}

// hear learns from how a call ended, and takes it off those in use. It is called under the lock.
func (l *Limiter) hear(p Permit, outcome attempt.Outcome, now time.Duration) {
	if l.capacity != nil {
		l.capacity.observe(sample{kind: p.kind, began: p.began, ended: now, outcome: outcome, inFlight: l.inUse})
		if limit := int(l.capacity.limit); limit != l.limit {
			l.limit = limit
			l.metrics.limit.Set(float64(limit))
		}
	}
	l.inUse--
	l.metrics.inUse.Set(float64(l.inUse))
}

// tell writes that a time is over in which calls were turned away.
func (l *Limiter) tell(shed shedding) {
	l.log.Info("no more calls turned away for want of room",
		slog.Int("calls", shed.calls), slog.Duration("duration", shed.last-shed.began))
}

// now is the time since the limiter began.
func (l *Limiter) now() time.Duration { return time.Since(l.start) }

// hasRoom reports whether a call may be made. It is called under the lock, as are enterAtOnce, enter, admit and join.
func (l *Limiter) hasRoom() bool { return l.inUse < l.limit && l.open < l.config.Max }

// enterAtOnce takes a place, if there is one and nobody waits for it.
func (l *Limiter) enterAtOnce() bool {
	free := l.waiting.length == 0 && l.hasRoom()
	if free {
		l.enter()
	}
	return free
}

// enter takes a place.
func (l *Limiter) enter() {
	l.open++
	l.inUse++
	l.metrics.inUse.Set(float64(l.inUse))
	if l.capacity != nil {
		l.capacity.admit(l.inUse)
	}
}

// admit lets in whoever waits, as far as there is room.
func (l *Limiter) admit() {
	for l.waiting.length > 0 && l.hasRoom() {
		l.enter()
		l.waiting.pop().end(nil)
		l.metrics.waiting.Set(float64(l.waiting.length))
	}
}

// join lets a call wait, if need be in the place of one that matters less.
func (l *Limiter) join(ctx context.Context, class priority.Class) (*waiter, error) {
	if l.capacity != nil && l.inUse >= l.limit {
		l.capacity.hold()
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if l.waiting.length >= l.config.Queue {
		last := l.waiting.yield(class)
		if last == nil {
			return nil, ErrFull
		}
		last.end(ErrFull)
	}
	w := l.waiting.push(class)
	l.metrics.waiting.Set(float64(l.waiting.length))
	return w, nil
}

// await returns when the call has a place, or may wait no longer.
func (l *Limiter) await(ctx context.Context, w *waiter) error {
	timer := time.NewTimer(l.config.QueueWait)
	defer timer.Stop()
	select {
	case <-w.done:
		return w.err
	case <-timer.C:
		if l.abandon(w) {
			return ErrWaited
		}
		return w.err // it was decided at the same moment
	case <-ctx.Done():
		if !l.abandon(w) && w.err == nil {
			Permit{limiter: l}.Release(attempt.Cancelled)
		}
		return context.Cause(ctx)
	}
}

// abandon ends a wait, unless it has ended.
func (l *Limiter) abandon(w *waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-w.done:
		return false
	default:
	}
	l.waiting.remove(w)
	l.metrics.waiting.Set(float64(l.waiting.length))
	return true
}

// refuse counts a call that gets no place, and says why.
func (l *Limiter) refuse(ctx context.Context, class priority.Class, err error) error {
	counts := &l.metrics.shed[rankOf(class)]
	switch {
	case errors.Is(err, ErrFull):
		counts.full.Inc()
	case errors.Is(err, ErrWaited):
		counts.waited.Inc()
	default:
		return err // the caller left
	}
	l.mu.Lock()
	begins, limit, waiting := l.shedding.shed(l.now()), l.limit, l.waiting.length
	l.mu.Unlock()
	if begins {
		l.log.LogAttrs(ctx, slog.LevelWarn, "calls turned away for want of room",
			slog.Int("limit", limit), slog.Int("waiting", waiting), slog.String("error", err.Error()))
	}
	return &attempt.WithheldError{Err: err}
}
