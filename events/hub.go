package events

import (
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Teller brings events to other instances. It must not wait for them.
type Teller interface {
	Tell(e Event)
}

// Purger ends what caches keep. It is called before anybody is told, and must be quick.
type Purger interface {
	// Happened ends what is kept of what an event is about.
	Happened(e Event)
	// Lost ends what is kept of a service, of which events may have been missed. An empty name stands for all services.
	Lost(service string)
}

// Hub tells subscriptions what has happened. It is safe for concurrent use.
type Hub struct {
	config Config
	purger Purger // nil where nothing is kept
	teller Teller // nil where there are no other instances
	counts counts

	mu     sync.Mutex
	seen   *seen
	topics map[Topic]map[*Subscription]struct{}
	all    map[*Subscription]struct{}
	number uint64 // of events
	closed bool
}

// New returns a hub without subscriptions. The purger is nil where nothing is kept, and the teller where there are no other
// instances.
func New(config Config, purger Purger, teller Teller, registry prometheus.Registerer) *Hub {
	h := &Hub{
		config: config, purger: purger, teller: teller, seen: newSeen(config.Remembered),
		topics: make(map[Topic]map[*Subscription]struct{}), all: make(map[*Subscription]struct{}),
	}
	h.measure(registry)
	return h
}

// Subscribe tells of all further events about one of the topics, until the Subscription is closed. How many there may be is for
// the caller to bound.
func (h *Hub) Subscribe(topics ...Topic) *Subscription { return h.SubscribeTo(nil, topics...) }

// SubscribeTo is Subscribe for events of some types alone, each of which begins with the kind of the record that something has
// happened to. Others take no room in the Subscription. No types stand for all.
func (h *Hub) SubscribeTo(types []string, topics ...Topic) *Subscription {
	s := &Subscription{
		hub: h, topics: slices.Clone(topics), types: slices.Clone(types), c: make(chan Event, h.config.Buffer),
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		h.end(s, ErrClosed)
		return s
	}
	h.all[s] = struct{}{}
	for _, each := range topics {
		if h.topics[each] == nil {
			h.topics[each] = make(map[*Subscription]struct{})
		}
		h.topics[each][s] = struct{}{}
	}
	return s
}

// Publish tells of an event here, and on all other instances. One that is known already is dropped.
func (h *Hub) Publish(e Event) {
	if h.Receive(ByWebhook, e) && h.teller != nil {
		h.teller.Tell(e)
	}
}

// Receive tells of an event here alone: one that comes to each instance by itself. It is false for one that is known already.
//
// All of it is done under the lock, so that whoever is told of two events is told of them in the order in which they came, and of
// none before its purge.
func (h *Hub) Receive(way Way, e Event) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.counts.received(e.Service, way) // when all is done that it asks for
	if !h.seen.first(name{e.Service, e.ID}) {
		h.counts.duplicate(e.Service, way)
		return false
	}
	if h.purger != nil {
		h.purger.Happened(e)
	}
	h.number++
	for _, each := range e.Topics {
		h.tell(each, e)
		h.tell(Topic{Kind: each.Kind}, e)
	}
	return true
}

// tell tells those who are subscribed to a topic, and were not told already because of another one.
func (h *Hub) tell(topic Topic, e Event) {
	for each := range h.topics[topic] {
		if each.told == h.number || !each.wants(e.Type) {
			continue
		}
		each.told = h.number
		select {
		case each.c <- e:
		default:
			h.counts.slow.Inc()
			h.end(each, ErrSlow)
		}
	}
}

// Lose is for events of a service that may have been missed: what is kept of it ends, and so do the subscriptions that they could
// have been for, or all of them where the service has no name. The first of the kinds is that of the service's records.
func (h *Hub) Lose(service string, kinds ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts.losses(service)
	if h.purger != nil {
		h.purger.Lost(service)
	}
	h.miss(service == "", kinds)
}

// Began is for events that come from now on only, after they could not: whoever has subscribed before may have missed some. No
// kinds stand for all.
func (h *Hub) Began(kinds ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.miss(len(kinds) == 0, kinds)
}

// miss ends subscriptions. The lock is held.
func (h *Hub) miss(all bool, kinds []string) {
	for each := range h.all {
		if all || each.about(kinds) {
			h.end(each, ErrLost)
		}
	}
}

// Malformed counts what was to be an event of a service, and was none.
func (h *Hub) Malformed(service string, way Way) {
	h.counts.malformed.WithLabelValues(service, string(way)).Inc()
}

// Close ends all subscriptions. Further ones end at once.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for each := range h.all {
		h.end(each, ErrClosed)
	}
}

// end ends a subscription unless it has ended. The lock is held.
func (h *Hub) end(s *Subscription, err error) {
	if s.ended {
		return
	}
	s.ended, s.err = true, err
	close(s.c)
	delete(h.all, s)
	for _, each := range s.topics {
		delete(h.topics[each], s)
		if len(h.topics[each]) == 0 {
			delete(h.topics, each)
		}
	}
}
