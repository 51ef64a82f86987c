package subscriptions

import (
	"context"
	"errors"
	"time"

	"github.com/concierge-gateway/concierge/events"
	"github.com/concierge-gateway/concierge/problem"
)

// Source has the events that a subscription is told of. *events.Subscription is one.
type Source interface {
	C() <-chan events.Event
	Err() error
	Close()
}

// Answer is what is told of one event.
type Answer struct {
	// Payload is an answer of GraphQL as JSON, nil where there is nothing to tell.
	Payload []byte
	// Over is why the subscription is over, nil where it goes on.
	Over error
	// Reason is set with Over.
	Reason Reason
}

// Telling is a subscription that was let in.
type Telling struct {
	// Source is closed by Run.
	Source Source
	// Answer reads what is told of an event. It asks anew who may see it.
	Answer func(ctx context.Context, e events.Event) Answer
	// Check looks at the caller's credential again. An error ends the subscription. It is not called while nothing is due.
	Check func(ctx context.Context) error
	// Until is when the credential ends, zero where it does not.
	Until time.Time
	// Lifetime is how long it may last, 0 where that is a matter of its connection.
	Lifetime time.Duration
	// End is called with the reason. What it is told first counts.
	End func(Reason)

	told int64
}

// Told is how many events it has told of, once Run has returned.
func (t *Telling) Told() int64 { return t.told }

// Ending is how a subscription has ended.
type Ending struct {
	Reason Reason
	// Err is what the client is told, nil where it is told nothing: it has left, or is to come again.
	Err error
}

// Run tells of events by send, one after the other, until something ends it: ctx, because the client has left, or any of the
// Reasons. An error of send says that the client does not take any more.
func (t *Telling) Run(ctx context.Context, c *Connection, send func(payload []byte) error) (ending Ending) {
	defer func() { t.Drop(ending.Reason) }()
	until := newTimer(t.Until)
	defer until.Stop()
	life := newTimer(t.aged())
	defer life.Stop()
	recheck := time.NewTicker(c.book.recheck())
	defer recheck.Stop()
	for {
		select {
		case <-ctx.Done():
			return Ending{Reason: Left}
		case <-c.book.draining:
			return Ending{Reason: Drained}
		case <-until.C:
			return Ending{Expired, problem.New(problem.Unauthenticated, "the credential has expired")}
		case <-life.C:
			return Ending{Reason: Aged}
		case <-recheck.C:
			if err := t.Check(ctx); err != nil {
				return Ending{Expired, err}
			}
		case e, open := <-t.Source.C():
			if !open {
				return endingOf(t.Source.Err())
			}
			if ended, over := t.tell(ctx, c, e, send); over {
				return ended
			}
		}
	}
}

// Drop ends a subscription that nobody is told of. It does nothing to one that has ended.
func (t *Telling) Drop(reason Reason) {
	t.Source.Close()
	t.End(reason)
}

func (t *Telling) aged() time.Time {
	if t.Lifetime == 0 {
		return time.Time{}
	}
	return time.Now().Add(t.Lifetime)
}

// tell tells of one event.
func (t *Telling) tell(ctx context.Context, c *Connection, e events.Event, send func([]byte) error) (_ Ending, over bool) {
	told := t.Answer(ctx, e)
	switch {
	case ctx.Err() != nil:
		return Ending{Reason: Left}, true
	case told.Over != nil:
		return Ending{told.Reason, told.Over}, true
	case told.Payload == nil:
		return Ending{}, false
	}
	if err := send(told.Payload); err != nil {
		return Ending{Reason: Stuck}, true
	}
	c.told()
	t.told++
	return Ending{}, false
}

// endingOf says what it means that a source has ended.
func endingOf(err error) Ending {
	switch {
	case errors.Is(err, events.ErrSlow):
		return Ending{Slow, problem.Wrap(problem.SubscriptionSlow, err, "")}
	case errors.Is(err, events.ErrLost):
		return Ending{Lost, problem.Wrap(problem.SubscriptionLost, err, "")}
	default:
		return Ending{Reason: Drained}
	}
}

// newTimer fires at a time, and never where it is zero.
func newTimer(at time.Time) *time.Timer {
	if at.IsZero() {
		t := time.NewTimer(time.Hour)
		t.Stop()
		return t
	}
	return time.NewTimer(time.Until(at))
}
