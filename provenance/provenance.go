// Package provenance answers what an answer was made of: by which purges it ends, and how long the services let it be used.
package provenance

import (
	"context"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/purge"
)

// Trail collects what the reads of one answer say. It is safe for concurrent use, and its methods may be called on nil.
type Trail struct {
	mu        sync.Mutex
	tags      []purge.Tag
	until     time.Time
	forbidden bool
}

type contextKey struct{}

// With returns a context whose reads are noted.
func With(ctx context.Context) (context.Context, *Trail) {
	trail := new(Trail)
	return context.WithValue(ctx, contextKey{}, trail), trail
}

// From is the trail of a context, nil where nobody wants to know.
func From(ctx context.Context) *Trail {
	trail, _ := ctx.Value(contextKey{}).(*Trail)
	return trail
}

// Add notes the tags of a read.
func (t *Trail) Add(tags ...purge.Tag) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tags = append(t.tags, tags...)
}

// Until notes until when the service lets what was read be used. A service that says nothing of that is not noted.
func (t *Trail) Until(end time.Time) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.until.IsZero() || end.Before(t.until) {
		t.until = end
	}
}

// Forbid notes that something was read that a service lets nobody keep.
func (t *Trail) Forbid() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forbidden = true
}

// Read is all that was noted: the tags, until when all of it may be used (zero where no service said), and whether any of it
// may be kept at all.
func (t *Trail) Read() (tags []purge.Tag, until time.Time, allowed bool) {
	if t == nil {
		return nil, time.Time{}, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tags, t.until, !t.forbidden
}
