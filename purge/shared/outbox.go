package shared

import (
	"slices"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/purge"
)

const (
	// mostTags is how many tags a message has.
	mostTags = 512
	// mostKept is how many tags of this instance are kept until they are in the order.
	mostKept = 10_000
)

// message is a part of the order that this instance wants to be there.
type message struct {
	number uint64
	at     uint64 // the last purge of this process that it tells of
	tags   []purge.Tag
	made   time.Time
	sent   bool          // once at least, so that it does not change any more
	told   time.Time     // when Redis said that it has it, zero before
	done   chan struct{} // closed when nobody needs to wait for it any longer
	ended  bool          // whether it is
}

func (m *message) end() {
	if !m.ended {
		m.ended = true
		close(m.done)
	}
}

// outbox keeps messages until they come back in the order: Redis can lose what it has said that it has. Where they become too
// many, one that purges all takes the place of them all.
type outbox struct {
	most int
	wake chan struct{} // whoever sends

	mu       sync.Mutex
	messages []*message
	tags     int // of all messages
	numbers  uint64
}

func newOutbox() outbox { return outbox{most: mostKept, wake: make(chan struct{}, 1)} }

// add is closed when Redis has all of it.
func (o *outbox) add(at uint64, tags []purge.Tag) <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.rouse()
	if slices.Contains(tags, purge.All()) || o.tags+len(tags) > o.most {
		return o.collapse(at)
	}
	for part := range slices.Chunk(tags, mostTags) {
		o.join(at, part)
	}
	return o.messages[len(o.messages)-1].done
}

func (o *outbox) rouse() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// join adds tags to the last message, or as a further one.
func (o *outbox) join(at uint64, tags []purge.Tag) {
	if n := len(o.messages); n > 0 {
		if last := o.messages[n-1]; !last.sent && !last.ended && len(last.tags)+len(tags) <= mostTags {
			last.at, last.tags = max(last.at, at), append(last.tags, tags...)
			o.tags += len(tags)
			return
		}
	}
	o.append(at, slices.Clone(tags))
}

func (o *outbox) append(at uint64, tags []purge.Tag) *message {
	o.numbers++
	m := &message{number: o.numbers, at: at, tags: tags, made: time.Now(), done: make(chan struct{})}
	o.messages = append(o.messages, m)
	o.tags += len(tags)
	return m
}

// collapse puts a purge of all in the place of everything.
func (o *outbox) collapse(at uint64) <-chan struct{} {
	for _, m := range o.messages {
		at = max(at, m.at)
		m.end()
	}
	o.messages, o.tags = nil, 0
	return o.append(at, []purge.Tag{purge.All()}).done
}

// next is the first that Redis does not have, nil if it has them all.
func (o *outbox) next() *message {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.messages {
		if m.told.IsZero() {
			m.sent = true
			return m
		}
	}
	return nil
}
