package subscriptions_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/events"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/subscriptions"
)

// told is a subscription to order 7 that takes what it is sent.
type told struct {
	hub     *events.Hub
	book    *subscriptions.Book
	telling *subscriptions.Telling
	sent    []string
	refuse  error // of send
	reasons []subscriptions.Reason
}

func newTold(change func(*told)) *told {
	s := &told{
		hub:  events.New(events.Config{Buffer: 2, Remembered: 100}, nil, nil, prometheus.NewRegistry()),
		book: opened(nil),
	}
	s.telling = &subscriptions.Telling{
		Source: s.hub.Subscribe(events.Topic{Kind: "order", ID: 7}),
		Answer: func(_ context.Context, e events.Event) subscriptions.Answer {
			return subscriptions.Answer{Payload: []byte(e.ID)}
		},
		Check: func(context.Context) error { return nil },
		End:   func(r subscriptions.Reason) { s.reasons = append(s.reasons, r) },
	}
	if change != nil {
		change(s)
	}
	return s
}

func (s *told) happens(ids ...string) {
	for _, id := range ids {
		s.hub.Publish(events.Event{Service: "order", ID: id, Type: "order.new", Topics: []events.Topic{{Kind: "order", ID: 7}}})
	}
}

// run tells until something ends it.
func (s *told) run(ctx context.Context, t *testing.T) subscriptions.Ending {
	t.Helper()
	return s.telling.Run(ctx, connected(t, s.book, "192.0.2.1"), func(payload []byte) error {
		s.sent = append(s.sent, string(payload))
		return s.refuse
	})
}

func TestASubscriptionEnds(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*told)
		during func(*told, context.CancelFunc)
		reason subscriptions.Reason
		kind   problem.Kind // of what the client is told
		silent bool
		after  time.Duration
		sent   int
	}{
		"when its client leaves": {
			nil, func(_ *told, leave context.CancelFunc) { leave() }, subscriptions.Left, 0, true, 0, 0,
		},
		"when its client takes nothing": {
			func(s *told) { s.refuse = errors.New("gone") }, func(s *told, _ context.CancelFunc) { s.happens("a") },
			subscriptions.Stuck, 0, true, 0, 1,
		},
		"when the gateway drains": {
			nil, func(s *told, _ context.CancelFunc) {
				none, end := context.WithCancel(context.Background())
				end()
				s.book.Drain(none)
			}, subscriptions.Drained, 0, true, 0, 0,
		},
		"when the hub closes": {
			nil, func(s *told, _ context.CancelFunc) { s.hub.Close() }, subscriptions.Drained, 0, true, 0, 0,
		},
		"when it is too slow": {
			func(s *told) { s.happens("a", "b", "c") }, nil, subscriptions.Slow, problem.SubscriptionSlow, false, 0, 2,
		},
		"when events are lost": {
			func(s *told) { s.hub.Lose("order", "order") }, nil, subscriptions.Lost, problem.SubscriptionLost, false, 0, 0,
		},
		"with its credential": {
			func(s *told) { s.telling.Until = time.Now().Add(time.Minute) }, nil,
			subscriptions.Expired, problem.Unauthenticated, false, time.Minute, 0,
		},
		"when its credential is revoked": {
			func(s *told) {
				s.telling.Check = func(context.Context) error { return problem.New(problem.Unauthenticated, "") }
			}, nil, subscriptions.Expired, problem.Unauthenticated, false, 10 * time.Second, 0,
		},
		"when it has lasted long": {
			func(s *told) { s.telling.Lifetime = time.Hour }, nil, subscriptions.Aged, 0, true, time.Hour, 0,
		},
		"when the record may not be seen any more": {
			func(s *told) {
				s.telling.Answer = func(context.Context, events.Event) subscriptions.Answer {
					return subscriptions.Answer{Over: problem.New(problem.Forbidden, ""), Reason: subscriptions.Denied}
				}
			}, func(s *told, _ context.CancelFunc) { s.happens("a") }, subscriptions.Denied, problem.Forbidden, false, 0, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newTold(c.change)
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				began := time.Now()
				if c.during != nil {
					go func() {
						synctest.Wait()
						c.during(s, leave)
					}()
				}
				ending := s.run(ctx, t)
				if ending.Reason != c.reason || c.silent != (ending.Err == nil) {
					t.Errorf("it ended so: %+v", ending)
				}
				if ending.Err != nil && problem.KindOf(ending.Err) != c.kind {
					t.Errorf("the client is told %v", ending.Err)
				}
				if after := time.Since(began); after != c.after {
					t.Errorf("it ended after %v, want %v", after, c.after)
				}
				if len(s.reasons) != 1 || s.reasons[0] != c.reason || len(s.sent) != c.sent {
					t.Errorf("it ended by %v, after %v", s.reasons, s.sent)
				}
			})
		})
	}
}

func TestEventsAreToldInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTold(nil)
		ctx, leave := context.WithCancel(t.Context())
		go func() {
			for _, id := range []string{"a", "b", "c", "d"} {
				synctest.Wait()
				s.happens(id)
			}
			synctest.Wait()
			leave()
		}()
		s.run(ctx, t)
		if len(s.sent) != 4 || s.sent[0] != "a" || s.sent[3] != "d" {
			t.Errorf("told %v", s.sent)
		}
	})
}
