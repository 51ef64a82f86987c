package ratelimit

import (
	"context"
	"time"
)

// take decides about fields, all with one question to the store.
func (a *Account) take(ctx context.Context, wants []Want) {
	all := make([]taken, 0, len(wants))
	ends := make([]int, len(wants)) // where each field's reservations end
	for i := range wants {
		all = append(all, a.gatherField(wants[i].Field, wants[i].Units)...)
		ends[i] = len(all)
	}
	if err := a.reserve(ctx, all); err != nil {
		a.limiter.failed(ctx, err)
		return // which cannot be but by a mistake of ours: a store decides also without Redis
	}
	begin := 0
	for i := range wants {
		of := all[begin:ends[i]]
		wants[i].settle(of, a.limiter.now)
		a.keep(ctx, of, wants[i].Granted)
		begin = ends[i]
	}
}

func (a *Account) gatherField(f *Field, units int64) []taken {
	if units == 0 {
		return nil
	}
	return a.gather(f.rules, units, 1, weight)
}

// settle finds out how much was granted, and how long it takes until there is more.
func (w *Want) settle(all []taken, now func() time.Time) {
	w.Granted = w.Units
	for i := range all {
		t := &all[i]
		if t.enforced() && t.reservation.Granted < w.Granted {
			w.Granted, w.by = t.reservation.Granted, t.reservation.By
			_, w.Wait = t.violated(now)
		}
	}
}

// keep gives back what was granted beyond what is read. A measured limit grants what another one refuses.
func (a *Account) keep(ctx context.Context, all []taken, units int64) {
	for i := range all {
		r := all[i].reservation
		if over := r.Granted - units; over > 0 {
			a.limiter.parts.Store.Refund(ctx, r, over)
			r.Granted = units
		}
	}
}

// ahead takes some of a field for a meter.
func (a *Account) ahead(ctx context.Context, m *Meter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m.want = Want{Field: m.want.Field, Units: m.size, Granted: m.size}
	m.took = a.gatherField(m.want.Field, m.size)
	if err := a.reserve(ctx, m.took); err != nil {
		a.limiter.failed(ctx, err)
		return
	}
	m.want.settle(m.took, a.limiter.now)
	a.keep(ctx, m.took, m.want.Granted)
}

// giveBack returns what a meter did not use.
func (a *Account) giveBack(ctx context.Context, m *Meter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.keep(ctx, m.took, m.want.Granted-m.left)
}
