package shared

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/rueidis"
)

// keeper looks after Redis: it tells that this instance is there, and finds out when Redis can be asked again. It belongs to one
// goroutine.
type keeper struct {
	*Store
	generation string    // of the counters that this instance has counted in, empty for none yet
	met        time.Time // when Redis last heard of this instance
	told       bool      // whether it was said that there is no Redis, while there was none from the beginning
}

// meeting is what Redis says when an instance tells that it is there.
type meeting struct {
	instances  int64
	generation string
	age        time.Duration // of the generation
}

// keep goes on until ctx ends.
func (k *keeper) keep(ctx context.Context) {
	ticks := time.NewTicker(k.settings.Probe)
	defer ticks.Stop()
	for {
		k.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

func (k *keeper) look(ctx context.Context) {
	st := k.health.Load()
	if st.well && time.Since(k.met) < k.settings.Heartbeat-k.settings.Probe/2 {
		k.settle(ctx, st)
		return
	}
	m, err := k.meet(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		k.missed(ctx, st, err)
	case !st.well:
		k.met = time.Now()
		k.comeBack(ctx, m)
	case m.generation != k.generation:
		k.fail(ctx, st, errLost)
	default:
		k.met = time.Now()
		k.settle(ctx, st)
	}
}

// missed is for a Redis that does not answer.
func (k *keeper) missed(ctx context.Context, st *state, err error) {
	if !st.well && k.generation == "" && !k.told {
		k.told = true
		k.log.WarnContext(ctx, "the shared counters cannot be used: every instance decides by itself",
			"reason", reasonOf(err), "error", err)
	}
	k.fail(ctx, st, err)
}

// settle tells Redis what was let pass without it while it was well, by those who had no time to wait.
func (k *keeper) settle(ctx context.Context, st *state) {
	if err := k.pay(ctx, k.owed.take()); err != nil && ctx.Err() == nil {
		k.fail(ctx, st, err)
	}
}

// meet connects where that is needed, and then wants an answer in time. The first question may take longer, since a connection
// may have to be made for it.
func (k *keeper) meet(ctx context.Context) (m meeting, err error) {
	ctx, cancel := context.WithTimeout(ctx, max(k.settings.Probe, k.settings.Timeout))
	defer cancel()
	client, err := k.client.Connect(ctx)
	if err != nil {
		return m, err
	}
	for range 2 {
		began := time.Now()
		if m, err = k.meetOnce(ctx, client); err != nil {
			return m, err
		}
		if time.Since(began) <= k.settings.Timeout {
			k.count(m.instances)
			return m, nil
		}
	}
	return m, fmt.Errorf("answers come too late: %w", context.DeadlineExceeded)
}

func (k *keeper) meetOnce(ctx context.Context, client rueidis.Client) (m meeting, err error) {
	answer, err := k.scripts.meet.Exec(ctx, client, []string{k.names.instances, k.names.generation},
		[]string{"", k.id, text(k.memory().Microseconds()), k.id}).ToArray()
	if err != nil {
		return m, err
	}
	if len(answer) != 3 {
		return m, errReply
	}
	age := int64(0)
	for i, read := range []func() error{
		func() (err error) { m.instances, err = answer[0].AsInt64(); return err },
		func() (err error) { m.generation, err = answer[1].ToString(); return err },
		func() (err error) { age, err = answer[2].AsInt64(); return err },
	} {
		if err := read(); err != nil {
			return m, fmt.Errorf("part %d of the answer: %w", i, err)
		}
	}
	m.age = time.Duration(age) * time.Microsecond
	return m, nil
}

// count remembers how many instances there are. Those that were known are not given up before Redis has been well for as long as
// an instance is remembered: after a failure they may not have been heard of yet.
func (k *keeper) count(instances int64) {
	st := k.health.Load()
	if !st.well || time.Since(st.since) < k.memory() {
		instances = max(instances, k.known.Load())
	}
	k.known.Store(instances)
	k.metrics.instances.Set(float64(instances))
}

// memory is how long an instance is remembered that is not heard of.
func (k *keeper) memory() time.Duration { return 3 * k.settings.Heartbeat }

// leave tells the others that this instance is gone. If Redis does not hear it, they find out by the heartbeat.
func (k *keeper) leave() {
	client := k.client.Connected()
	if client == nil || !k.health.Load().well {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), k.settings.Timeout)
	defer cancel()
	_ = client.Do(ctx, client.B().Zrem().Key(k.names.instances).Member(k.id).Build()).Error()
}
