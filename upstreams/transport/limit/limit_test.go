package limit

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// bulkhead is a config that does not adapt.
func bulkhead(most, queue int) Config {
	return Config{Max: most, Min: 1, Queue: queue, QueueWait: time.Second}
}

func newLimiter(config Config) *Limiter {
	return build("user", config, unstrained, NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
}

func mustAcquire(t *testing.T, l *Limiter, class priority.Class) Permit {
	t.Helper()
	p, err := l.Acquire(t.Context(), class, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// waits is calls that wait, started one after the other, and who of them got through in which order.
type waits struct {
	t       *testing.T
	limiter *Limiter
	mu      sync.Mutex
	ended   []string
}

// join starts a call that waits, until it does. Once it has a place, it gives it back at once.
func (l *waits) join(ctx context.Context, name string, class priority.Class) {
	go func() {
		p, err := l.limiter.Acquire(ctx, class, 0)
		l.mu.Lock()
		switch {
		case err == nil:
			l.ended = append(l.ended, name+": sent")
		case errors.Is(err, ErrFull):
			l.ended = append(l.ended, name+": full")
		case errors.Is(err, ErrWaited):
			l.ended = append(l.ended, name+": waited")
		default:
			l.ended = append(l.ended, name+": "+err.Error())
		}
		l.mu.Unlock()
		if err == nil {
			p.Release(attempt.Answered)
		}
	}()
	synctest.Wait()
}

func (l *waits) want(ended ...string) {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if diff := cmp.Diff(ended, l.ended); diff != "" {
		l.t.Error(diff)
	}
}

func TestTheMoreImportantGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &waits{t: t, limiter: newLimiter(bulkhead(1, 10))}
		p := mustAcquire(t, l.limiter, priority.Batch)
		for _, name := range []string{"batch 1", "interactive 1", "critical 1", "batch 2", "interactive 2", "critical 2"} {
			var class priority.Class
			if err := class.UnmarshalText([]byte(strings.Fields(name)[0])); err != nil {
				t.Fatal(err)
			}
			l.join(t.Context(), name, class)
		}
		l.want()
		p.Release(attempt.Answered)
		l.want("critical 1: sent", "critical 2: sent", "interactive 1: sent", "interactive 2: sent", "batch 1: sent", "batch 2: sent")
	})
}

func TestAFullQueueTurnsAwayTheLeastImportant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &waits{t: t, limiter: newLimiter(bulkhead(1, 3))}
		p := mustAcquire(t, l.limiter, priority.Interactive)
		l.join(t.Context(), "batch 1", priority.Batch)
		l.join(t.Context(), "batch 2", priority.Batch)
		l.join(t.Context(), "interactive 1", priority.Interactive)
		l.join(t.Context(), "batch 3", priority.Batch)
		l.want("batch 3: full")
		l.join(t.Context(), "interactive 2", priority.Interactive)
		l.want("batch 3: full", "batch 2: full")
		l.join(t.Context(), "critical 1", priority.Critical)
		l.join(t.Context(), "interactive 3", priority.Interactive)
		l.want("batch 3: full", "batch 2: full", "batch 1: full", "interactive 3: full")
		p.Release(attempt.Answered)
		l.want("batch 3: full", "batch 2: full", "batch 1: full", "interactive 3: full",
			"critical 1: sent", "interactive 1: sent", "interactive 2: sent")
	})
}

func TestAWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &waits{t: t, limiter: newLimiter(bulkhead(1, 10))}
		p := mustAcquire(t, l.limiter, priority.Interactive)
		soon, cancelSoon := context.WithTimeoutCause(t.Context(), time.Second/2, errors.New("no time"))
		defer cancelSoon()
		left, leave := context.WithCancelCause(t.Context())
		l.join(t.Context(), "patient", priority.Interactive)
		l.join(soon, "hurried", priority.Interactive)
		l.join(left, "leaving", priority.Interactive)
		leave(errors.New("left"))
		l.want("leaving: left")
		l.join(left, "gone", priority.Interactive)
		l.want("leaving: left", "gone: left")
		time.Sleep(2 * time.Second)
		l.want("leaving: left", "gone: left", "hurried: no time", "patient: waited")
		p.Release(attempt.Answered)
		mustAcquire(t, l.limiter, priority.Interactive).Release(attempt.Answered)
		if l.limiter.inUse != 0 || l.limiter.open != 0 || l.limiter.waiting.length != 0 {
			t.Errorf("%d places are taken and %d calls wait, when all have gone", l.limiter.inUse, l.limiter.waiting.length)
		}
	})
}

// Whether it sees the place or the end of its time first is up to chance, so it is tried often.
func TestACallThatLeavesWhenItIsLetInGivesThePlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(bulkhead(1, 1))
		for range 100 {
			ctx, leave := context.WithCancel(t.Context())
			p := mustAcquire(t, l, priority.Interactive)
			go func() {
				if p, err := l.Acquire(ctx, priority.Interactive, 0); err == nil {
					p.Release(attempt.Answered)
				}
			}()
			synctest.Wait()
			leave()
			p.Release(attempt.Answered)
			synctest.Wait()
			if l.inUse != 0 || l.open != 0 {
				t.Fatalf("%d calls count and %d are open, want none", l.inUse, l.open)
			}
		}
	})
}

func TestWithoutAQueueNobodyWaits(t *testing.T) {
	l := newLimiter(bulkhead(1, 0))
	p := mustAcquire(t, l, priority.Interactive)
	_, err := l.Acquire(t.Context(), priority.Critical, 0)
	if withheld, ok := errors.AsType[*attempt.WithheldError](err); !ok || !errors.Is(withheld.Err, ErrFull) {
		t.Errorf("got %v, want a WithheldError around ErrFull", err)
	}
	p.Release(attempt.Answered)
	mustAcquire(t, l, priority.Interactive)
}

// A limit that grows lets in who waits, beside who takes the place of the call that made it grow.
func TestALimitThatGrowsLetsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(DefaultConfig())
		l.limit, l.capacity.limit = 20, 20
		for range 19 {
			mustAcquire(t, l, priority.Interactive)
		}
		last := mustAcquire(t, l, priority.Interactive)
		admitted := make(chan Permit, 2)
		for range cap(admitted) {
			go func() { admitted <- mustAcquire(t, l, priority.Interactive) }()
		}
		time.Sleep(period)
		l.capacity.window.timed = enough - 1
		last.Release(attempt.Answered)
		synctest.Wait()
		if got := len(admitted); got != 2 {
			t.Errorf("%d of two were let in", got)
		}
	})
}

func TestShedCallsAreCountedAndLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		registry := prometheus.NewRegistry()
		l := New("user", bulkhead(1, 1), NewMetrics(registry), slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		})))
		queue := &waits{t: t, limiter: l}
		p := mustAcquire(t, l, priority.Interactive)
		queue.join(t.Context(), "first", priority.Interactive)
		queue.join(t.Context(), "second", priority.Interactive)
		queue.join(t.Context(), "third", priority.Batch)
		if err := testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP concierge_upstream_limit How many calls a service is given at the same time, until it answers.
# TYPE concierge_upstream_limit gauge
concierge_upstream_limit{service="user"} 1
# HELP concierge_upstream_limit_in_use Calls that a service has, until it answers.
# TYPE concierge_upstream_limit_in_use gauge
concierge_upstream_limit_in_use{service="user"} 1
# HELP concierge_upstream_limit_waiting Calls that wait for room at a service.
# TYPE concierge_upstream_limit_waiting gauge
concierge_upstream_limit_waiting{service="user"} 1
`), "concierge_upstream_limit", "concierge_upstream_limit_in_use", "concierge_upstream_limit_waiting"); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * time.Second)
		p.Release(attempt.Answered)
		mustAcquire(t, l, priority.Interactive).Release(attempt.Answered)
		time.Sleep(calm)
		mustAcquire(t, l, priority.Interactive).Release(attempt.Answered)
		mustAcquire(t, l, priority.Interactive).Release(attempt.Answered)
		if err := testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP concierge_upstream_shed_total Calls that were turned away for want of room, by why: queue_full or waited.
# TYPE concierge_upstream_shed_total counter
concierge_upstream_shed_total{priority="batch",reason="queue_full",service="user"} 1
concierge_upstream_shed_total{priority="batch",reason="waited",service="user"} 0
concierge_upstream_shed_total{priority="critical",reason="queue_full",service="user"} 0
concierge_upstream_shed_total{priority="critical",reason="waited",service="user"} 0
concierge_upstream_shed_total{priority="interactive",reason="queue_full",service="user"} 1
concierge_upstream_shed_total{priority="interactive",reason="waited",service="user"} 1
`), "concierge_upstream_shed_total"); err != nil {
			t.Error(err)
		}
		want := `level=WARN msg="calls turned away for want of room" limit=1 waiting=1 error="` + ErrFull.Error() + `"
level=INFO msg="no more calls turned away for want of room" calls=3 duration=1s
`
		if diff := cmp.Diff(want, log.String()); diff != "" {
			t.Error(diff)
		}
	})
}
