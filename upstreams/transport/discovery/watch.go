package discovery

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Watch looks a host up at once, and again each time its TTL is over, until ctx ends. It calls changed with the first addresses,
// and then whenever they are others; changed may keep them, and must not write to them. While look-ups fail, the last addresses
// hold (RFC 8767 says why), and it asks again after MinTTL, then after twice as long each time, up to MaxTTL. That look-ups begin
// to fail, and that they succeed again, is logged.
//
// Watch returns when ctx has ended, and leaves nothing running. A host that is an IP address cannot change: for it, Watch calls
// changed once and returns.
func (r *Resolver) Watch(ctx context.Context, host string, changed func([]netip.Addr)) {
	if _, err := netip.ParseAddr(host); err == nil {
		answer, _ := r.Lookup(ctx, host) // cannot fail
		changed(answer.Addresses)
		return
	}
	w := &watcher{config: r.config, log: r.log.With("host", host), changed: changed}
	w.run(ctx, func() (Answer, error) { return r.Lookup(ctx, host) })
}

// watcher remembers what was last known of a host.
type watcher struct {
	config  Config
	log     *slog.Logger
	changed func([]netip.Addr)

	addresses []netip.Addr
	failures  int // since the last answer
}

func (w *watcher) run(ctx context.Context, lookup func() (Answer, error)) {
	for ctx.Err() == nil {
		answer, err := lookup()
		if ctx.Err() != nil {
			return // it says nothing about the host
		}
		wait := w.take(ctx, answer, err)
		select {
		case <-ctx.Done():
		case <-time.After(spread(wait, rand.Float64())): //nolint:gosec // it needs to differ between instances, not to be secret
		}
	}
}

// take takes in the result of a look-up, and returns how long to wait for the next.
func (w *watcher) take(ctx context.Context, answer Answer, err error) time.Duration {
	if err != nil {
		return w.fail(ctx, err)
	}
	if w.failures > 0 {
		w.log.InfoContext(ctx, "look-up succeeds again", "failures", w.failures)
		w.failures = 0
	}
	if !slices.Equal(answer.Addresses, w.addresses) {
		w.addresses = answer.Addresses
		w.changed(answer.Addresses)
	}
	return answer.TTL
}

func (w *watcher) fail(ctx context.Context, err error) time.Duration {
	w.failures++
	if w.failures == 1 {
		w.log.WarnContext(ctx, "look-up fails", "error", err, "addresses_kept", len(w.addresses))
	}
	return w.config.backoff(w.failures)
}

// backoff is how long to wait after so many failures in a row: MinTTL, doubled with each, up to MaxTTL.
func (c Config) backoff(failures int) time.Duration {
	wait := c.MinTTL
	for i := 1; i < failures && wait < c.MaxTTL; i++ {
		wait *= 2
	}
	return min(wait, c.MaxTTL)
}

// spread makes a wait longer by up to a twentieth, as chance (from 0 to 1) has it, so that instances that began together do not
// go on asking together. It is never shorter: before its time is over, a cache would give the same record again.
func spread(wait time.Duration, chance float64) time.Duration {
	return wait + time.Duration(chance*float64(wait)/20)
}
