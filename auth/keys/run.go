package keys

import (
	"context"
	"math/rand/v2"
	"time"
)

// firstRetry is how long to wait after a first failure.
const firstRetry = time.Second

// Warm has the keys read that none are known of, and waits for that as long as ctx lets it. Run comes later.
func (s *Set) Warm(ctx context.Context) {
	if s.source == nil || s.Ready() {
		return
	}
	if reading := s.readings.begin(ctx); reading != nil {
		finished(ctx, reading.done)
	}
}

// Run reads an issuer's keys at once and then every Refresh, a tenth more or less, so that instances that began together do not
// go on asking together. After a failure it tries again after a second, then after twice as long each time, up to Refresh. It
// returns when ctx has ended, and leaves nothing running; keys are then no longer read. Where they come from a secret or a
// file, it returns at once. It is called once.
func (s *Set) Run(ctx context.Context) {
	if s.source == nil {
		return
	}
	defer s.readings.end()
	failures := 0
	for {
		reading := s.readings.begin(ctx)
		if reading == nil || !finished(ctx, reading.done) {
			return
		}
		failures++
		if reading.err == nil {
			failures = 0
		}
		wait := spread(pause(s.refresh, failures), rand.Float64()) //nolint:gosec // it needs to differ, not to be secret
		if !finished(ctx, time.After(wait)) {
			return
		}
	}
}

// finished waits for something, and reports false if ctx ended before.
func finished[T any](ctx context.Context, something <-chan T) bool {
	select {
	case <-something:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// pause is how long to wait after so many failures in a row.
func pause(refresh time.Duration, failures int) time.Duration {
	if failures == 0 {
		return refresh
	}
	wait := firstRetry
	for i := 1; i < failures && wait < refresh; i++ {
		wait *= 2
	}
	return min(wait, refresh)
}

// spread changes a wait by up to a tenth, as chance (from 0 to 1) has it.
func spread(wait time.Duration, chance float64) time.Duration {
	return wait + time.Duration((chance-0.5)*float64(wait)/5)
}
