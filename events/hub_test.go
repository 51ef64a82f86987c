package events_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/events"
)

var (
	order7   = events.Topic{Kind: "order", ID: 7}
	order8   = events.Topic{Kind: "order", ID: 8}
	orders   = events.Topic{Kind: "order"}
	payment3 = events.Topic{Kind: "payment", ID: 3}
)

func open(purger events.Purger, teller events.Teller) *events.Hub {
	return events.New(events.Config{Buffer: 4, Remembered: 100}, purger, teller, prometheus.NewRegistry())
}

func event(id string, topics ...events.Topic) events.Event {
	return events.Event{Service: "order", ID: id, Type: "order.status_changed", Topics: topics}
}

// waiting are the ids of the events that wait in a subscription.
func waiting(s *events.Subscription) (ids []string) {
	for {
		select {
		case e, ok := <-s.C():
			if !ok {
				return append(ids, "closed")
			}
			ids = append(ids, e.ID)
		default:
			return ids
		}
	}
}

func TestASubscriptionIsToldOfItsTopicsOnceEach(t *testing.T) {
	hub := open(nil, nil)
	one, all, both := hub.Subscribe(order7), hub.Subscribe(orders), hub.Subscribe(order7, orders, payment3)
	hub.Publish(event("a", order7))
	hub.Publish(event("b", order8))
	hub.Publish(event("c", payment3, order7))
	hub.Publish(event("d", payment3))
	for _, each := range []struct {
		s    *events.Subscription
		want []string
	}{{one, []string{"a", "c"}}, {all, []string{"a", "b", "c"}}, {both, []string{"a", "b", "c", "d"}}} {
		if diff := cmp.Diff(each.want, waiting(each.s)); diff != "" {
			t.Errorf("what a subscription was told (-want +got):\n%s", diff)
		}
	}
}

func TestEventsOfOtherTypesTakeNoRoom(t *testing.T) {
	hub := open(nil, nil)
	s := hub.SubscribeTo([]string{"payment.created", "payment.status_changed"}, order7)
	for i := range 20 {
		hub.Publish(event(strconv.Itoa(i), order7))
	}
	paid := event("paid", payment3, order7)
	paid.Type = "payment.created"
	hub.Publish(paid)
	hub.Lose("order", "order", "user")
	if diff := cmp.Diff([]string{"paid"}, waiting(s)); diff != "" || s.Err() != nil {
		t.Errorf("what it was told (-want +got):\n%s, and it ended with %v", diff, s.Err())
	}
	hub.Lose("payment", "payment", "order")
	if !errors.Is(s.Err(), events.ErrLost) {
		t.Errorf("without its service's events it ended with %v", s.Err())
	}
}

func TestAnEventThatComesAgainIsDropped(t *testing.T) {
	hub := open(nil, nil)
	s := hub.Subscribe(order7)
	hub.Publish(event("a", order7))
	hub.Receive(events.ByFeed, event("a", order7))
	other := event("a", order7)
	other.Service = "payment"
	hub.Receive(events.ByFeed, other)
	if diff := cmp.Diff([]string{"a", "a"}, waiting(s)); diff != "" {
		t.Errorf("one of each service (-want +got):\n%s", diff)
	}
}

func TestASlowSubscriptionIsDroppedAndOthersAreNot(t *testing.T) {
	hub := open(nil, nil)
	slow, quick := hub.Subscribe(order7), hub.Subscribe(order7)
	for i := range 6 {
		hub.Publish(event(strconv.Itoa(i), order7))
		if got := waiting(quick); len(got) != 1 {
			t.Fatalf("the quick one was told %v", got)
		}
	}
	if diff := cmp.Diff([]string{"0", "1", "2", "3", "closed"}, waiting(slow)); diff != "" {
		t.Errorf("the slow one (-want +got):\n%s", diff)
	}
	if !errors.Is(slow.Err(), events.ErrSlow) || quick.Err() != nil {
		t.Errorf("ended with %v and %v", slow.Err(), quick.Err())
	}
	slow.Close()
	if !errors.Is(slow.Err(), events.ErrSlow) {
		t.Error("closing it afterwards changed why it ended")
	}
}

func TestHowSubscriptionsEnd(t *testing.T) {
	for name, each := range map[string]struct {
		end  func(hub *events.Hub, s *events.Subscription)
		want error
	}{
		"by themselves":                 {func(_ *events.Hub, s *events.Subscription) { s.Close(); s.Close() }, nil},
		"with the hub":                  {func(hub *events.Hub, _ *events.Subscription) { hub.Close(); hub.Close() }, events.ErrClosed},
		"where their events are missed": {func(hub *events.Hub, _ *events.Subscription) { hub.Lose("order", "order") }, events.ErrLost},
		"where any are missed":          {func(hub *events.Hub, _ *events.Subscription) { hub.Lose("") }, events.ErrLost},
	} {
		t.Run(name, func(t *testing.T) {
			hub := open(nil, nil)
			s := hub.Subscribe(order7)
			hub.Lose("payment", "payment")
			hub.Publish(event("a", order7))
			each.end(hub, s)
			hub.Publish(event("b", order7))
			if diff := cmp.Diff([]string{"a", "closed"}, waiting(s)); diff != "" {
				t.Errorf("what it was told (-want +got):\n%s", diff)
			}
			if !errors.Is(s.Err(), each.want) {
				t.Errorf("ended with %v, want %v", s.Err(), each.want)
			}
		})
	}
}

func TestAClosedHubTakesNoSubscription(t *testing.T) {
	hub := open(nil, nil)
	hub.Close()
	s := hub.Subscribe(order7)
	if got := waiting(s); len(got) != 1 || got[0] != "closed" || !errors.Is(s.Err(), events.ErrClosed) {
		t.Errorf("it has %v, and ended with %v", got, s.Err())
	}
	s.Close()
}

// ledger notes what a hub does besides telling subscriptions.
type ledger struct {
	mu    sync.Mutex
	lines []string
	of    func() []string // what had been told when it was asked to purge
}

func (l *ledger) note(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *ledger) Happened(e events.Event) {
	if told := l.of(); len(told) > 0 {
		l.note("told before the purge")
	}
	l.note("purge " + e.ID)
}
func (l *ledger) Lost(service string) { l.note("lost " + service) }
func (l *ledger) Tell(e events.Event) { l.note("tell " + e.ID) }

func TestWhatIsKeptEndsBeforeAnybodyIsTold(t *testing.T) {
	l := new(ledger)
	hub := open(l, l)
	s := hub.Subscribe(order7)
	l.of = func() []string { return waiting(s) }
	hub.Publish(event("a", order7))
	hub.Publish(event("a", order7))
	waiting(s)
	hub.Receive(events.ByOthers, event("b", order7))
	hub.Lose("order", "order")
	if diff := cmp.Diff([]string{"purge a", "tell a", "purge b", "lost order"}, l.lines); diff != "" {
		t.Errorf("what the hub did (-want +got):\n%s", diff)
	}
}

func TestAnEventIsKnownForAsLongAsIsSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const remembered = 5
		hub := events.New(events.Config{Buffer: 1, Remembered: remembered}, nil, nil, prometheus.NewRegistry())
		var past []string
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			id := strconv.Itoa(rapid.IntRange(0, 14).Draw(t, "id"))
			lately := make(map[string]bool)
			for _, each := range past[max(0, len(past)-remembered):] {
				lately[each] = true
			}
			if hub.Receive(events.ByFeed, event(id)) && lately[id] {
				t.Fatalf("%s was new after %v", id, past)
			}
			past = append(past, id)
		}
	})
}

func TestSubscriptionsComeAndGoWhileEventsDo(t *testing.T) {
	hub := open(nil, nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 200 {
				s := hub.Subscribe(order7, orders)
				hub.Publish(event(strconv.Itoa(i), order7))
				if i%3 == 0 {
					hub.Lose("order", "order")
				}
				waiting(s)
				s.Close()
			}
		})
	}
	all.Wait()
}
