package shared

import (
	"strings"
	"sync"

	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
	"github.com/concierge-gateway/concierge/ratelimit/window"
)

// mostOwed is for how many keys it is remembered what Redis has not been told. What of further ones passed is not counted there
// later. No more passes by it than by a failure of Redis anyway.
const mostOwed = 200_000

// debt is what passed of one key.
type debt struct {
	rate    limiter.Rate
	counter window.Counter
}

// owed is what was let pass here, and Redis has not been told yet. Times are the local store's.
type owed struct {
	mu    sync.Mutex
	debts map[string]*debt
}

// add notes what was let pass by a reservation.
func (o *owed) add(r *charge.Reservation) {
	if r.Granted <= 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range r.Charges {
		each := &r.Charges[i]
		if d := o.of(each.Key, each.Rate); d != nil {
			d.counter.Charge(each.Rate, r.At, times(r.Granted, each.Cost))
		}
	}
}

// of is the debt of a key, nil where there is no room for it.
func (o *owed) of(key string, rate limiter.Rate) *debt {
	d := o.debts[key]
	if d == nil && len(o.debts) < mostOwed {
		if o.debts == nil {
			o.debts = make(map[string]*debt)
		}
		d = &debt{rate: rate}
		o.debts[strings.Clone(key)] = d // a part of a longer text would keep all of it
	}
	return d
}

// forgive takes back units of a reservation, as far as Redis has not been told of them.
func (o *owed) forgive(r *charge.Reservation, units int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range r.Charges {
		each := &r.Charges[i]
		if d := o.debts[each.Key]; d != nil {
			d.counter.Refund(each.Rate, r.At, times(units, each.Cost))
		}
	}
}

// take is all of it. It is owed no longer.
func (o *owed) take() map[string]*debt {
	o.mu.Lock()
	defer o.mu.Unlock()
	debts := o.debts
	o.debts = nil
	return debts
}

// put is for what Redis could not be told after all. It is older than what is owed since.
func (o *owed) put(debts map[string]*debt, now int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, old := range debts {
		d := o.of(key, old.rate)
		if d == nil {
			continue
		}
		newer := d.counter
		d.counter = old.counter
		for _, run := range newer.Runs(d.rate, now) {
			d.counter.Charge(d.rate, run.Last, run.Units)
		}
	}
}

// few reports whether it is no more than one batch.
func (o *owed) few() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.debts) <= batch
}
