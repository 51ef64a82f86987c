package shared

import (
	"context"
	"time"

	"github.com/redis/rueidis"
	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/window"
)

// rounds is how often Redis is told what was let pass meanwhile, before the rest waits until the next probe.
const rounds = 8

// comeBack shares the counters again. What this instance let pass without Redis is counted there first; where Redis has lost its
// counters, all that this instance knows of. Until the others have had time to do the same, each goes on by itself. One
// that nobody asks meanwhile finds out by its heartbeat only, and so may be later.
func (k *keeper) comeBack(ctx context.Context, m meeting) {
	if k.generation != "" && m.generation != k.generation {
		_ = k.owed.take() // it is among what the local store knows
		k.owed.put(k.all(), k.local.Now())
	}
	known := k.generation != ""
	k.generation = m.generation
	if err := k.payMost(ctx); err != nil || !k.owed.few() {
		return
	}
	if known && m.age < 2*k.settings.Probe {
		return
	}
	k.resume(ctx)
}

// all is what the local store knows to have passed.
func (k *keeper) all() map[string]*debt {
	debts := make(map[string]*debt)
	k.local.Each(0, func(key string, rate limiter.Rate, last, units int64) bool {
		d := debts[key]
		if d == nil {
			d = &debt{rate: rate}
			debts[key] = d
		}
		d.counter.Charge(rate, last, units)
		return true
	})
	return debts
}

// payMost leaves so little that it can be told while everybody waits.
func (k *keeper) payMost(ctx context.Context) error {
	for range rounds {
		debts := k.owed.take()
		if len(debts) == 0 {
			return nil
		}
		if err := k.pay(ctx, debts); err != nil {
			return err
		}
	}
	return nil
}

// resume tells Redis the rest while nobody can decide without it, and lets it be asked.
func (k *keeper) resume(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, k.settings.Timeout)
	defer cancel()
	k.gate.Lock()
	defer k.gate.Unlock()
	if k.pay(ctx, k.owed.take()) != nil {
		return
	}
	before := k.health.Load()
	k.exhausted.Clear()
	k.health.Store(&state{well: true, generation: k.generation, since: time.Now(), over: make(chan struct{})})
	k.metrics.reachable.Set(1)
	k.log.InfoContext(ctx, "the counters are shared with other instances", "instances", k.known.Load(),
		"decided_alone_for", time.Since(before.since))
}

// pay tells Redis of debts. Those that it was not told of are owed again.
func (k *keeper) pay(ctx context.Context, debts map[string]*debt) error {
	if len(debts) == 0 {
		return nil
	}
	unpaid := make(map[string]*debt)
	var failed error
	orders, keys := make([]rueidis.LuaExec, 0, batch), make([]string, 0, batch)
	flush := func() {
		if failed == nil {
			failed = k.payBatch(ctx, orders)
		}
		for _, key := range keys {
			if failed != nil {
				unpaid[key] = debts[key]
			}
		}
		orders, keys = orders[:0], keys[:0]
	}
	for key, d := range debts {
		orders, keys = append(orders, k.order(key, d)), append(keys, key)
		if len(orders) == batch {
			flush()
		}
	}
	flush()
	k.owed.put(unpaid, k.local.Now())
	return failed
}

// order says how long ago each run was, since the clocks differ.
func (k *keeper) order(key string, d *debt) rueidis.LuaExec {
	now := k.local.Now()
	runs := d.counter.Runs(d.rate, now)
	args := make([]string, 0, 3+2*len(runs))
	args = append(args, k.now(), text(d.rate.Limit), text(window.Period(d.rate)))
	for _, run := range runs {
		args = append(args, text(now-run.Last), text(run.Units))
	}
	return rueidis.LuaExec{Keys: []string{k.names.counter + key}, Args: args}
}

// payBatch makes a pipeline of some debts. Where it fails, it may have been done in part: then more is counted than has passed.
func (k *keeper) payBatch(ctx context.Context, orders []rueidis.LuaExec) error {
	client := k.client.Connected()
	if client == nil {
		return errConnecting
	}
	if len(orders) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, max(k.settings.Probe, k.settings.Timeout))
	defer cancel()
	_, err := k.pipeline(ctx, client, k.scripts.restore, orders)
	return err
}
