// Package underway answers whether one request may wait for what another has asked a service.
package underway

import (
	"context"
	"time"

	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/tracing"
)

// Log is what of a *purge.Log is needed.
type Log interface {
	// Holds reports whether what was asked for at a position and a time still holds, as far as these tags go.
	Holds(since purge.Position, asked time.Time, tags []purge.Tag) bool
}

// Mark is what may be said of a call under way before its answer is here.
type Mark struct {
	// purges is how many there had been, and began when that was.
	purges uint64
	began  time.Time
	// class is how much it matters to those who wait for it. Who matters more does not wait in the queue of one who matters less.
	class priority.Class
	// span is what is recorded of whoever leads, nil where nothing is.
	span *tracing.Span
}

// MarkOf is the mark of a call that is begun now, on behalf of whom ctx belongs to. Its answer is as new as since.
func MarkOf(ctx context.Context, since purge.Position) Mark {
	return Mark{purges: since.Local, began: time.Now(), class: priority.From(ctx), span: tracing.From(ctx)}
}

// Joins reports whether a call under way began after the last purge, also of those that this instance could not hear of, and is
// in as much of a hurry.
func (own Mark) Joins(other Mark, log Log) bool {
	return other.purges == own.purges && other.class >= own.class &&
		log.Holds(purge.Position{Local: other.purges}, other.began, nil)
}

// Link notes that the call of one is waited for by another.
func Link(leader, follower Mark) { tracing.Joined(leader.span, follower.span) }
