package feed

import (
	"context"
	"math/rand/v2"
	"time"
)

// The bounds of a pause before the stream is opened anew.
const (
	leastPause = 100 * time.Millisecond
	firstPause = time.Second
	mostPause  = 30 * time.Second
)

// pauses grow while the stream does not open. The zero value begins with the first.
type pauses struct {
	base   time.Duration // as the service wants it, 0 where it has not said
	failed int
}

// wanted takes what the service wants, within bounds. 0 is nothing.
func (p *pauses) wanted(base time.Duration) {
	if base > 0 {
		p.base = min(max(base, leastPause), mostPause)
	}
}

// begin is for a stream that says something.
func (p *pauses) begin() { p.failed = 0 }

// lived is for a stream that has ended, and that opened at a time.
func (p *pauses) lived(since time.Time) {
	if time.Since(since) >= mostPause {
		p.failed = 0
	}
}

// next is at random between a half and all of the pause, so that the instances do not come together.
func (p *pauses) next() time.Duration {
	pause := p.base
	if pause == 0 {
		pause = firstPause
	}
	pause = min(pause<<min(p.failed, 10), mostPause)
	p.failed++
	return pause/2 + rand.N(pause/2) //nolint:gosec // nobody gains by knowing it
}

func (p *pauses) wait(ctx context.Context) {
	timer := time.NewTimer(p.next())
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
