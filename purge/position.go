package purge

import (
	"context"
	"time"
)

// Position is a point in the order of purges. The zero Position is before all of them.
type Position struct {
	// Local is its place among the purges that this process knows of.
	Local uint64
	// Shared is its place among those that all instances share, 0 where there is no such order.
	Shared uint64
}

// Teller tells other instances of purges. Its methods may be called by several goroutines at once.
type Teller interface {
	// Tell tells of a purge that has the place at among those of this process (Position.Local). It waits for no longer than it
	// takes to be sure, within a bound of its own, nor after ctx has ended, and goes on trying afterwards.
	Tell(ctx context.Context, at uint64, tags []Tag)
	// Bound is for how long something may be used here that was purged elsewhere, if nobody can say so.
	Bound() time.Duration
}

// Heard is a purge as the shared order has it.
type Heard struct {
	// Shared is its place there.
	Shared uint64
	// Tags are what was purged.
	Tags []Tag
	// Missed is the last place before it of purges that nobody knows any more, 0 if there are none.
	Missed uint64
	// Told is the place that this process told of, if this is its own message, and 0 if it is another's.
	Told uint64
}
