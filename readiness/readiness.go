// Package readiness answers whether requests may be sent to this instance, and what it still lacks.
//
// An instance starts, is ready once, and drains. It is not ready before all is there that it was built to wait for, or the time
// for that is over: what is missing then is missing for everybody, or would be waited for in vain. Later it is ready whatever
// happens to what it needs: another instance would not fare better.
package readiness

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// State is where in its life an instance is.
type State string

// The states, in their order.
const (
	Starting State = "starting"
	Ready    State = "ready"
	Draining State = "draining"
)

// Part is something that an instance loads before requests may be sent to it.
type Part struct {
	// Name is what metrics and pages call it.
	Name string
	// Missing has a line for each thing that is not there yet, and none when all is. It is asked often, does not wait, and
	// names nothing that is secret.
	Missing func() []string
}

// Lack is something that is not there yet.
type Lack struct{ Part, What string }

// interval is how often the parts are asked while the instance starts.
const interval = 20 * time.Millisecond

// Readiness knows where in its life an instance is. It is safe for concurrent use.
type Readiness struct {
	within  time.Duration
	parts   []Part
	metrics *metrics
	log     *slog.Logger
	began   time.Time

	mu    sync.Mutex
	state State
}

// New begins a start. within is how long the parts are waited for, from now; 0s waits for nothing.
func New(within time.Duration, parts []Part, registerer prometheus.Registerer, log *slog.Logger) *Readiness {
	return &Readiness{
		within: within, parts: parts, metrics: newMetrics(registerer, parts), log: log, began: time.Now(), state: Starting,
	}
}

// Run waits for the parts until all are there, their time is over, the instance drains or ctx ends.
func (r *Readiness) Run(ctx context.Context) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for r.State() == Starting {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// State is where in its life the instance is now.
func (r *Readiness) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state == Starting {
		r.look()
	}
	return r.state
}

// Drain ends it: requests are to be sent elsewhere from now on.
func (r *Readiness) Drain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = Draining
	r.metrics.ready.Set(0)
}

// Missing is what is not there now. An instance can be ready all the same.
func (r *Readiness) Missing() []Lack {
	var all []Lack
	for _, part := range r.parts {
		for _, what := range part.Missing() {
			all = append(all, Lack{part.Name, what})
		}
	}
	return all
}

// Parts are the names of what is waited for.
func (r *Readiness) Parts() []string {
	names := make([]string, len(r.parts))
	for i, part := range r.parts {
		names[i] = part.Name
	}
	return names
}

// look finds out whether the start is over. The lock is held.
func (r *Readiness) look() {
	missing, took := r.Missing(), time.Since(r.began)
	r.metrics.lacks(r.parts, missing)
	if len(missing) > 0 && took < r.within {
		return
	}
	r.state = Ready
	r.metrics.ready.Set(1)
	r.metrics.took.Set(took.Seconds())
	for _, each := range missing {
		r.log.Warn("ready without", "part", each.Part, "missing", each.What)
	}
	r.log.Info("ready", "after", took, "missing", len(missing))
}
