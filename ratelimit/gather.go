package ratelimit

import (
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// keyOf is the name of a rule's counter for the caller.
func (a *Account) keyOf(r *rule, subject string) string {
	if a.named.rule == r {
		return a.named.key
	}
	var room [longestUsual]byte
	key := append(append(room[:0], r.key...), subject...)
	if r.Per.calendar() {
		current, _ := r.Per.current(a.limiter.now())
		key = append(append(key, '/'), current...)
	}
	return a.texts.keep(key)
}

// longestUsual is as long as most counters' names are at most, in bytes.
const longestUsual = 256

// chargesOf are what a unit of a rule costs the caller: one for the limit, and one more where bursts are bounded.
func (a *Account) chargesOf(to []charge.Charge, r *rule, subject string, cost int64) []charge.Charge {
	to = append(to, charge.Charge{Key: a.keyOf(r, subject), Rate: r.Rate, Cost: cost, Failing: r.failing, Lease: int64(r.Lease)})
	if r.burst.Limit > 0 {
		to = append(to, charge.Charge{Key: r.burstKey + subject, Rate: r.burst, Cost: cost, Failing: r.failing})
	}
	return to
}

func (l *Limiter) now() time.Time {
	if l.parts.Now == nil {
		return time.Now()
	}
	return l.parts.Now()
}

// gather makes one reservation of all rules that are enforced, and one of each that is only measured: what one of those would
// have refused must not be refused, nor be counted by it.
func (a *Account) gather(rules []*rule, want, least int64, cost func(*rule) int64) []taken {
	all := a.room.taken[:0]
	if a.room.used {
		all = nil
	}
	together := -1
	for _, r := range rules {
		subject, counted := a.subject(r.By)
		each := cost(r)
		if !counted || each == 0 {
			continue
		}
		at := together
		if at < 0 || r.Mode == Measure {
			all = append(all, a.newTaken(want, least))
			at = len(all) - 1
		}
		if r.Mode != Measure {
			together = at
		}
		t := &all[at]
		t.reservation.Charges = a.chargesOf(t.reservation.Charges, r, subject, each)
		for len(t.rules) < len(t.reservation.Charges) {
			t.rules = append(t.rules, r)
		}
	}
	return all
}

// newTaken is a reservation without charges. The first is a part of the account, since most requests have no other.
func (a *Account) newTaken(want, least int64) taken {
	if a.room.used {
		return new(piece).taken(want, least)
	}
	a.room.used = true
	return a.room.first.taken(want, least)
}
