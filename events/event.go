// Package events answers what has happened at the services.
//
// A service says so in its feed, which each instance reads by itself (package feed), or by signed messages, which reach one
// instance and go from there to the others by Redis (package shared). All come together in the Hub, which lets each event pass
// once, ends what caches keep of the record, and then tells the subscriptions.
package events

import (
	"errors"
	"time"
)

// Topic names what events are about: all of one kind, or one record.
type Topic struct {
	// Kind is the kind of records, such as "order".
	Kind string
	// ID is the record's. 0 stands for all of the kind.
	ID int64
}

// Event says that something happened to a record. It carries no data of it: whoever is told reads the record as the one that it
// is.
type Event struct {
	// Service is where it happened.
	Service string
	// ID is the event's, of which the service has one only.
	ID string
	// Type is what happened, such as "order.status_changed" or "payment.created".
	Type string
	// Topics are the record first, and then those that it belongs to: a payment's event is one of its order, too, and of the
	// user.
	Topics []Topic
	// At is when it happened, by the service's clock.
	At time.Time
}

// Subject is the record that something happened to, the zero Topic where there is none.
func (e Event) Subject() Topic {
	if len(e.Topics) == 0 {
		return Topic{}
	}
	return e.Topics[0]
}

// Of is the id of the record of a kind that the event is about, 0 where it is about none.
func (e Event) Of(kind string) int64 {
	for _, each := range e.Topics {
		if each.Kind == kind {
			return each.ID
		}
	}
	return 0
}

// Why a subscription has ended.
var (
	// ErrSlow is of a subscription that was not read fast enough.
	ErrSlow = errors.New("the subscription was too slow, and was dropped")
	// ErrClosed is of all when the gateway drains.
	ErrClosed = errors.New("there are no events any more: the gateway is shutting down")
	// ErrLost is of those that may have missed events. Whoever subscribes anew should read what it is about first.
	ErrLost = errors.New("events may have been missed")
)

// Way is how an event came here.
type Way string

// The ways.
const (
	// ByFeed is of a service's feed.
	ByFeed Way = "feed"
	// ByWebhook is of a signed message.
	ByWebhook Way = "webhook"
	// ByOthers is of another instance.
	ByOthers Way = "shared"
)
