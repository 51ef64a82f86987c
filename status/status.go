// Package status answers how the gateway does, at a glance: what it is asked, what fails, whom it calls and what that costs it.
//
// Numbers come from the metrics: a sampler reads them every few seconds and keeps what it needs to tell the rates of the last 15
// minutes. A request costs nothing more for it. Only who fails, and which operations take most, is told request by request.
package status

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The clocks of a Board.
const (
	every   = 5 * time.Second  // a reading is taken
	perTick = 2                // readings for a point of the charts
	refresh = 2 * time.Second  // those who watch are told
	fresh   = time.Second      // a reading that is younger is not taken again
	minute  = time.Minute      // what is meant by now
	quarter = 15 * time.Minute // what is remembered
)

// Parts are what a Board tells of.
type Parts struct {
	// Version is the program's, and Listen the address of the public listener.
	Version, Listen string
	// Started is when the gateway began.
	Started time.Time
	// Metrics are the gateway's own.
	Metrics prometheus.Gatherer
	// Ready says whether requests may be sent here, and what is missing or has come to an end.
	Ready func() Ready
	// Services are those that are called, in the order in which they are shown.
	Services func() []Service
	// Settings say what is in force.
	Settings func() Settings
	// Links are further URLs of the admin listener, relative to /.
	Links []string
	// Log takes what cannot be read.
	Log *slog.Logger
}

// Board knows how the gateway does. It is safe for concurrent use.
type Board struct {
	parts    Parts
	ways     map[string]way
	failures *failures
	top      *operations
	watchers chan struct{}

	mu      sync.Mutex
	last    *reading
	history history
}

// New makes a board that knows nothing yet. It reads nothing before it is asked, or runs.
func New(parts Parts) *Board {
	return &Board{
		parts: parts, ways: readFamilies(), failures: newFailures(), top: newOperations(), watchers: make(chan struct{}, maxWatchers),
		history: newHistory(),
	}
}

// Run takes readings until ctx ends.
func (b *Board) Run(ctx context.Context) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	b.sample()
	for {
		select {
		case <-ticks.C:
			b.sample()
			b.top.fade(time.Now())
		case <-ctx.Done():
			return
		}
	}
}

// sample takes a reading and remembers it.
func (b *Board) sample() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.read()
	b.history.add(b.last)
}

// current is how things stand, a second old at most, and what there was before.
func (b *Board) current() (last *reading, past view) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last == nil || time.Since(b.last.at) >= fresh {
		b.read()
	}
	return b.last, b.history.view(b.last)
}

// read takes a reading. What cannot be gathered is left out, as it is of a scrape.
func (b *Board) read() {
	families, err := b.parts.Metrics.Gather()
	if err != nil {
		b.parts.Log.Debug("the status page could not read all metrics", "error", err)
	}
	b.last = newReading(time.Now(), b.ways, families)
}
