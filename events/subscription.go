package events

import (
	"slices"
	"strings"
)

// Subscription is told of events, each once, in the order in which they came. Its channel is bounded: whoever does not read it
// in time is dropped, and keeps nobody waiting.
type Subscription struct {
	hub    *Hub
	topics []Topic
	types  []string // none stand for all
	c      chan Event

	// What follows belongs to the hub's lock.
	told  uint64 // the number of the event that it was told last
	ended bool
	err   error
}

// C has the events. It is closed when the subscription has ended, after those that were waiting.
func (s *Subscription) C() <-chan Event { return s.c }

// Err is why it has ended: ErrSlow, ErrClosed, or ErrLost. It is nil before, and after Close.
func (s *Subscription) Err() error {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.err
}

// Close ends it. It may be called more than once, and must be called once.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.end(s, nil)
}

// wants reports whether it is told of events of a type.
func (s *Subscription) wants(kind string) bool {
	return len(s.types) == 0 || slices.Contains(s.types, kind)
}

// about reports whether events of a service with these kinds could be for it.
func (s *Subscription) about(kinds []string) bool {
	if len(kinds) == 0 {
		return false
	}
	ours := func(kind string) bool { return strings.HasPrefix(kind, kinds[0]+".") }
	if len(s.types) > 0 && !slices.ContainsFunc(s.types, ours) {
		return false
	}
	return slices.ContainsFunc(s.topics, func(t Topic) bool { return slices.Contains(kinds, t.Kind) })
}
