// Package shared answers in which order all instances purge, and whether this one has heard of all purges.
//
// The order is a stream in Redis (scripts/order.lua). Each instance adds what it purges and reads what all have added, its own
// purges too: they are sent again until they come back. An entry names the one before it. So an instance knows when it has
// missed entries, whatever became of them, and then uses nothing that it kept before; and where Redis has lost entries that
// others may have missed, as a server may that takes over, one purges all for everybody.
//
// An instance is in touch while it has made sure within Config.Bound that it has read everything, and that Redis has all that
// it wanted to tell. One that is not uses what is younger than the bound alone, so a purge is late by no more than that for
// whoever did not hear of it. When it is back, it uses nothing of before: others that were away, too, may be back later, and tell
// only then. What this does not cover is an instance that cannot reach Redis itself, or ends before it could:
// the others hear of its purges when it is back, or never. Whoever cannot have that bounds how long answers are kept.
//
// With sentinels or a cluster, a server that was cut off from the others can be believed for some seconds more, until it is
// found out.
package shared

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/redis"
)

// errSlow is of a purge that Redis did not take in the time that somebody may wait.
var errSlow = errors.New("it has not taken a purge in time")

// Order is the order of purges. It is safe for concurrent use. Without Run it keeps what it is told.
type Order struct {
	config  Config
	client  *redis.Client
	key     string
	id      string // of this instance
	scripts scripts
	log     *slog.Logger

	out   outbox
	well  atomic.Bool // whether Redis is waited for
	stuck atomic.Bool // whether nothing is sent until Redis was looked at
	told  atomic.Bool // whether it was said that Redis is not well
}

// New returns an order that Run connects.
func New(config Config, client *redis.Client, registry prometheus.Registerer, log *slog.Logger) *Order {
	o := &Order{
		config: config, client: client, key: client.Prefix() + "purges", id: rand.Text(), scripts: newScripts(), log: log,
		out: newOutbox(),
	}
	o.stuck.Store(true)
	o.measure(registry)
	return o
}

// Bound is how late a purge may be here.
func (o *Order) Bound() time.Duration { return o.config.Bound }

// Tell adds a purge to the order. It waits until Redis has it, for as long as the settings and ctx allow, and not at all while
// Redis is not well.
func (o *Order) Tell(ctx context.Context, at uint64, tags []purge.Tag) {
	if len(tags) == 0 {
		return
	}
	done := o.out.add(at, tags)
	if !o.well.Load() {
		return
	}
	patience := time.NewTimer(o.config.Wait)
	defer patience.Stop()
	select {
	case <-done:
	case <-ctx.Done():
	case <-patience.C:
		o.fail(ctx, errSlow)
	}
}

// Run reads the order into a log, and adds to it what was told, until ctx ends. What waits then is sent, within one probe. It
// is called once.
func (o *Order) Run(ctx context.Context, purges *purge.Log) {
	r := &reader{Order: o, purges: purges}
	var workers sync.WaitGroup
	workers.Go(func() { r.follow(ctx) })
	workers.Go(func() { o.send(ctx) })
	workers.Wait()
	o.well.Store(false)
	o.finish()
}

// fail makes nobody wait for Redis any more.
func (o *Order) fail(ctx context.Context, err error) {
	waited := o.well.Swap(false)
	o.out.release()
	if waited || !o.told.Swap(true) {
		o.log.WarnContext(ctx, "purges are not shared with other instances in time", "error", err)
	}
}

// recover is for a Redis that is well.
func (o *Order) recover(ctx context.Context) {
	if !o.well.Swap(true) {
		o.told.Store(true)
		o.log.InfoContext(ctx, "purges are shared with other instances")
	}
}
