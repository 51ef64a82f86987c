package ratelimit

import (
	"context"
	"time"
)

// blocked finds a rule by which a request will be refused whoever sends it, and for how long. It costs no question to another
// machine. Nil is none.
func (a *Account) blocked(k *kind) (over *rule, wait time.Duration) {
	for _, r := range k.anonymous {
		subject, counted := a.subject(r.By)
		if !counted || r.Mode == Measure {
			continue
		}
		key := a.keyOf(r, subject)
		a.named.rule, a.named.key = r, key
		if wait = a.limiter.parts.Store.Blocked(key); wait > 0 {
			a.limiter.recordOver(a, r)
			wait = r.soonest(wait, a.limiter.now)
			return r, wait
		}
	}
	return nil, 0
}

// count takes what a request costs that ended early. It cannot be refused any more, so that it counts also where it is too much.
func (a *Account) count(ctx context.Context, k *kind) {
	all := a.gather(k.anonymous, 1, 1, weight)
	for i := range all {
		all[i].reservation.Force = all[i].enforced()
	}
	if err := a.reserve(ctx, all); err != nil {
		a.limiter.failed(ctx, err)
	}
}
