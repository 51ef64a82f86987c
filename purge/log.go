package purge

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultTags is how many tags a Log remembers where nothing else is said. They take 9 MiB.
const DefaultTags = 100_000

// Log is what was purged, and when. It is safe for concurrent use, and whoever reads it waits for nobody.
type Log struct {
	most   int // tags of one table
	teller Teller
	touch  touch
	counts counts

	now    atomic.Pointer[Position]
	memory atomic.Pointer[memory]
	mu     sync.Mutex // of those who write
}

// NewLog remembers so many tags. Of further ones those that were purged longest ago are forgotten, together with all that was
// kept before that. It forgets half of them at once, so that it is quick. teller is nil where there are no other instances.
func NewLog(most int, teller Teller) *Log {
	l := &Log{most: max(1, most/2), teller: teller}
	if teller != nil {
		l.touch.open(teller.Bound())
	}
	l.now.Store(new(Position))
	l.memory.Store(newMemory(newMixer(), mark{}))
	return l
}

// Now is the position of what begins to be fetched now.
func (l *Log) Now() Position { return *l.now.Load() }

// Holds reports whether what began to be fetched at a position, and at a time, and carries tags may still be used. While this
// instance cannot hear of the others' purges, that is only what is no older than the bound of the teller. All is carried by
// everything, and need not be named.
func (l *Log) Holds(since Position, kept time.Time, tags []Tag) bool {
	m := l.memory.Load()
	if since.Local < m.floor.local {
		return false
	}
	for _, each := range tags {
		if s := m.find(each); s != nil && since.Local < s.local.Load() {
			return false
		}
	}
	return l.teller == nil || l.touch.holds(kept)
}

// HoldsShared reports the same of what an instance has left for all others: whether the order that they share says for sure
// that nothing with these tags was purged after since.Shared. It is false wherever that is not known now: without a shared
// order, while this instance cannot hear of it, and from a purge of its own until that has its place there.
//
// Whoever keeps such a value in this process asks for Now before, and keeps that Local with it.
func (l *Log) HoldsShared(since Position, tags []Tag) bool {
	if since.Shared == 0 || !l.InTouch() {
		return false
	}
	m := l.memory.Load()
	if !m.passes(m.floor, since) {
		return false
	}
	for _, each := range tags {
		if s := m.find(each); s != nil && !m.passes(s.mark(), since) {
			return false
		}
	}
	return true
}

// Purge makes what carries one of the tags unusable: here at once, elsewhere as soon as they hear of it. It must be called when
// what made the purge has happened, and waits as long as the teller does. An ended ctx keeps nobody from hearing of it.
func (l *Log) Purge(ctx context.Context, source Source, tags ...Tag) {
	if len(tags) == 0 {
		return
	}
	l.counts.purged(source, len(tags))
	at := l.note(tags)
	if l.teller != nil {
		l.teller.Tell(ctx, at, tags)
	}
}

// note is the place of a purge.
func (l *Log) note(tags []Tag) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Now()
	now.Local++
	at := mark{local: now.Local}
	if l.teller != nil {
		at.waits = now.Local
	}
	l.write(tags, at)
	l.now.Store(&now)
	return now.Local
}

// write marks tags. Whoever writes holds the lock.
func (l *Log) write(tags []Tag, at mark) {
	m := l.memory.Load()
	if slices.Contains(tags, All()) {
		l.counts.floors.Add(1)
		l.memory.Store(m.emptied(at))
		return
	}
	for _, each := range tags {
		next := m.purged(each, at, l.most)
		if next.floor != m.floor {
			l.counts.floors.Add(1)
		}
		if next != m {
			l.memory.Store(next)
		}
		m = next
	}
}
