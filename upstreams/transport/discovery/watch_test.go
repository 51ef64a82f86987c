package discovery

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// step is one look-up, how long the answer holds, and what must come of it.
type step struct {
	answer Answer
	err    error
	change bool
	wait   time.Duration // until the next, a twentieth more at most
}

// logger writes lines without their time.
func logger(to *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// play lets a watcher make one look-up for each step, and returns what it logs.
func play(t *testing.T, config Config, steps []step) string {
	t.Helper()
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var changes [][]netip.Addr
		w := &watcher{config: config, log: logger(&log), changed: func(now []netip.Addr) { changes = append(changes, now) }}
		next, last := 0, time.Now()
		w.run(ctx, func() (Answer, error) {
			if waited := time.Since(last); next > 0 {
				steps[next-1].check(t, next-1, waited, changes)
			}
			changes, last = nil, time.Now()
			if next == len(steps) {
				cancel()
				return Answer{}, ctx.Err()
			}
			next++
			return steps[next-1].answer, steps[next-1].err
		})
		if len(changes) != 0 {
			t.Errorf("a change to %v was reported after the end", changes)
		}
	})
	return log.String()
}

func (s step) check(t *testing.T, i int, waited time.Duration, changes [][]netip.Addr) {
	t.Helper()
	if waited < s.wait || waited > s.wait+s.wait/20 {
		t.Errorf("after look-up %d it waited %v, want %v and up to a twentieth more", i, waited, s.wait)
	}
	var want [][]netip.Addr
	if s.change {
		want = append(want, s.answer.Addresses)
	}
	if diff := cmp.Diff(want, changes, compareAddrs); diff != "" {
		t.Errorf("wrong changes after look-up %d (-want +got):\n%s", i, diff)
	}
}

func TestAHostIsAskedForAgainWhenItsTTLIsOver(t *testing.T) {
	one, two := addresses("192.0.2.1"), addresses("192.0.2.1", "192.0.2.2")
	log := play(t, DefaultConfig(), []step{
		{answer: Answer{one, 10 * time.Second}, change: true, wait: 10 * time.Second},
		{answer: Answer{one, 10 * time.Second}, wait: 10 * time.Second},
		{answer: Answer{two, time.Second}, change: true, wait: time.Second},
		{answer: Answer{two, 30 * time.Second}, wait: 30 * time.Second},
		{answer: Answer{one, 30 * time.Second}, change: true, wait: 30 * time.Second},
		{answer: Answer{one, 30 * time.Second}, wait: 30 * time.Second},
	})
	if log != "" {
		t.Errorf("it logged %s", log)
	}
}

func TestTheLastAddressesHoldWhileLookupsFail(t *testing.T) {
	one := Answer{addresses("192.0.2.1"), 10 * time.Second}
	other := Answer{addresses("192.0.2.9"), 10 * time.Second}
	down, gone := errors.New("server misbehaving"), errors.New("no such host")
	log := play(t, DefaultConfig(), []step{
		{err: gone, wait: time.Second},
		{answer: one, change: true, wait: 10 * time.Second},
		{err: down, wait: time.Second},
		{err: gone, wait: 2 * time.Second},
		{err: down, wait: 4 * time.Second},
		{err: down, wait: 8 * time.Second},
		{err: down, wait: 16 * time.Second},
		{err: down, wait: 30 * time.Second},
		{err: down, wait: 30 * time.Second},
		{answer: one, wait: 10 * time.Second},
		{err: down, wait: time.Second},
		{answer: other, change: true, wait: 10 * time.Second},
	})
	const want = `level=WARN msg="look-up fails" error="no such host" addresses_kept=0
level=INFO msg="look-up succeeds again" failures=1
level=WARN msg="look-up fails" error="server misbehaving" addresses_kept=1
level=INFO msg="look-up succeeds again" failures=7
level=WARN msg="look-up fails" error="server misbehaving" addresses_kept=1
level=INFO msg="look-up succeeds again" failures=1
`
	if diff := cmp.Diff(want, log); diff != "" {
		t.Errorf("wrong log (-want +got):\n%s", diff)
	}
}

func TestAWatchEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		w := &watcher{config: DefaultConfig(), log: slog.New(slog.DiscardHandler), changed: func([]netip.Addr) {}}
		start := time.Now()
		w.run(ctx, func() (Answer, error) { return Answer{addresses("192.0.2.1"), time.Hour}, nil })
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("it ended after %v, want 3s", took)
		}
	})
}

func TestALookupThatItsContextCutShortSaysNothing(t *testing.T) {
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	w := &watcher{config: DefaultConfig(), log: logger(&log), changed: func(now []netip.Addr) {
		t.Errorf("a change to %v was reported", now)
	}}
	w.run(ctx, func() (Answer, error) {
		cancel()
		return Answer{addresses("192.0.2.1"), time.Second}, ctx.Err()
	})
	if log.Len() != 0 {
		t.Errorf("it logged %s", &log)
	}
}

func TestAWaitIsSpreadOverATwentieth(t *testing.T) {
	for chance, want := range map[float64]time.Duration{0: 20 * time.Second, 0.5: 20500 * time.Millisecond, 1: 21 * time.Second} {
		if got := spread(20*time.Second, chance); got != want {
			t.Errorf("spread(20s, %v) = %v, want %v", chance, got, want)
		}
	}
}
