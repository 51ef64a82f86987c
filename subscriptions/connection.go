package subscriptions

import (
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/concierge-gateway/concierge/problem"
)

// Connection is what a Book knows of one connection. It is safe for concurrent use.
type Connection struct {
	book    *Book
	by      Transport
	address netip.Addr
	events  atomic.Int64

	// What follows belongs to the book's lock.
	principal  string
	operations int
	closed     bool
}

// Named says whose the connection is; an empty name is nobody's. It may be called once. The error is a SubscriptionLimit.
func (c *Connection) Named(principal string) error {
	b := c.book
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case principal == "":
		return nil
	case b.principals[principal] >= b.config.MaxConnectionsPerPrincipal:
		return b.refused(ofConnectionsPerPrincipal, "this caller has too many connections")
	}
	c.principal = principal
	b.principals[principal]++
	return nil
}

// Operate begins an operation on the connection. The error is a SubscriptionLimit; otherwise end must be called.
func (c *Connection) Operate() (end func(), err error) {
	b := c.book
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.operations >= b.config.MaxOperations {
		return nil, b.refused(ofOperations, "there are too many operations on this connection")
	}
	c.operations++
	return sync.OnceFunc(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		c.operations--
	}), nil
}

// Subscribe begins a subscription. The error is a SubscriptionLimit, or Unavailable while the book drains; otherwise end must be
// called, with the reason.
func (c *Connection) Subscribe() (end func(Reason), err error) {
	b := c.book
	b.mu.Lock()
	defer b.mu.Unlock()
	var whose any = c.principal
	if c.principal == "" {
		whose = c.address
	}
	switch {
	case b.drains:
		return nil, problem.New(problem.Unavailable, "")
	case b.subscriptions[whose] >= b.config.MaxPerPrincipal:
		return nil, b.refused(ofPrincipal, "this caller has too many subscriptions")
	}
	b.subscriptions[whose]++
	b.metrics.subscriptions.WithLabelValues(string(c.by)).Inc()
	var once sync.Once
	return func(reason Reason) { once.Do(func() { c.unsubscribe(whose, reason) }) }, nil
}

func (c *Connection) unsubscribe(whose any, reason Reason) {
	b := c.book
	b.mu.Lock()
	defer b.mu.Unlock()
	less(b.subscriptions, whose)
	b.metrics.subscriptions.WithLabelValues(string(c.by)).Dec()
	b.metrics.ended.WithLabelValues(string(c.by), string(reason)).Inc()
}

// told counts an event.
func (c *Connection) told() {
	c.events.Add(1)
	c.book.metrics.told.WithLabelValues(string(c.by)).Inc()
}

// Told is how many events the connection was told of.
func (c *Connection) Told() int64 { return c.events.Load() }

// Close ends the connection. What was begun on it has ended.
func (c *Connection) Close(reason Reason) {
	b := c.book
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	b.open--
	less(b.addresses, c.address)
	if c.principal != "" {
		less(b.principals, c.principal)
	}
	b.metrics.connections.WithLabelValues(string(c.by)).Dec()
	b.metrics.connectionsEnded.WithLabelValues(string(c.by), string(reason)).Inc()
	b.noticeEmpty()
}
