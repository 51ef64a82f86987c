// Package pressure answers how near this process is to its memory limit, and who must wait because of that.
//
// Two things hold the limit. What is known beforehand is counted: bodies and answers that are held as a whole have a budget, and
// what has no room there is refused while it comes. All else is measured, some times a second, and the nearer the process is to
// its limit, the more a request must matter to be let in.
package pressure

import (
	"context"
	"log/slog"
	"math"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/priority"
)

const (
	// every is how often the process is measured. A measurement takes some microseconds.
	every = 100 * time.Millisecond
	// stale is how old the last collection may be while anything is refused. Who refuses everything allocates nothing, so that the
	// collector would not run by itself, and what was alive at its last run would count for ever.
	stale = time.Second
)

// Gauge measures the process's memory. A nil Gauge refuses nothing: its methods may be called all the same, from any goroutine.
type Gauge struct {
	marks   marks
	limit   int64
	process process
	budget  budget
	log     *slog.Logger

	level atomic.Int32
	live  atomic.Int64
}

// process is what is measured.
type process interface {
	measure() sample
	collect()
}

// Limit is what the runtime keeps the process's memory below (GOMEMLIMIT), 0 where that is nothing.
func Limit() int64 {
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		return limit
	}
	return 0
}

// New measures nothing yet. It returns nil where there is no limit.
func New(c Config, limit int64, registerer prometheus.Registerer, log *slog.Logger) *Gauge {
	if limit <= 0 {
		register(new(Gauge), registerer)
		return nil
	}
	g := &Gauge{
		marks: marksOf(c), limit: limit, process: newRuntimeProcess(), log: log,
		budget: budget{most: limit / 100 * int64(c.InFlight)},
	}
	register(g, registerer)
	return g
}

// Refuses reports whether a request of a class must not be let in now.
func (g *Gauge) Refuses(class priority.Class) bool { return g != nil && g.now() >= refusing(class) }

// Tight reports whether what is kept for later should take less.
func (g *Gauge) Tight() bool { return g != nil && g.now() >= tight }

// Full reports whether nobody is let in.
func (g *Gauge) Full() bool { return g != nil && g.now() >= full }

func (g *Gauge) now() level { return level(g.level.Load()) }

// Run measures until ctx ends. ease is told each time whether what is kept should take less.
func (g *Gauge) Run(ctx context.Context, ease func(tight bool)) {
	if g == nil {
		return
	}
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	seen := collections{at: time.Now()}
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticks.C:
			s := g.process.measure()
			if g.now() > easy && seen.stale(now, s.collections) {
				g.process.collect()
				s = g.process.measure()
			}
			g.take(ctx, s)
			ease(g.Tight())
		}
	}
}

// take takes in what was measured, and tells of changes.
func (g *Gauge) take(ctx context.Context, s sample) {
	counts := s.counts(g.limit)
	g.live.Store(counts)
	before := g.now()
	after := g.marks.next(before, float64(counts)/float64(g.limit))
	g.level.Store(int32(after))
	switch {
	case after > before && after > tight:
		g.log.WarnContext(ctx, "memory is short: requests are turned away", "refused", after.refused(),
			"bytes", counts, "limit", g.limit, "in_flight", g.budget.used.Load())
	case before > tight && after <= tight:
		g.log.InfoContext(ctx, "memory is no longer short", "bytes", counts, "limit", g.limit)
	}
}

// collections notice when the collector last ran.
type collections struct {
	count uint64
	at    time.Time
}

// stale reports whether it has not run for too long.
func (c *collections) stale(now time.Time, count uint64) bool {
	if count == c.count && now.Sub(c.at) < stale {
		return false
	}
	ran := count != c.count
	c.count, c.at = count, now
	return !ran
}
