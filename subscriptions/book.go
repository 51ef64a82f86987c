package subscriptions

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/problem"
)

// limit is a bound of a Config, as metrics name it.
type limit string

const (
	ofConnections             limit = "connections"
	ofConnectionsPerAddress   limit = "connections_per_address"
	ofConnectionsPerPrincipal limit = "connections_per_principal"
	ofOperations              limit = "operations"
	ofPrincipal               limit = "subscriptions_per_principal"
)

func limits() []limit {
	return []limit{ofConnections, ofConnectionsPerAddress, ofConnectionsPerPrincipal, ofOperations, ofPrincipal}
}

// Book knows what is open, and whether more may be. It is safe for concurrent use.
type Book struct {
	config   Config
	metrics  *Metrics
	draining chan struct{}

	mu            sync.Mutex
	drains        bool
	open          int
	addresses     map[netip.Addr]int
	principals    map[string]int // connections by principal
	subscriptions map[any]int    // by principal, or by address where there is none
	empty         chan struct{}  // closed once nothing is open and nothing more may be; nil before it drains
}

// NewBook returns a book in which nothing is open.
func NewBook(config Config, metrics *Metrics) *Book {
	return &Book{
		config: config, metrics: metrics, draining: make(chan struct{}), addresses: make(map[netip.Addr]int),
		principals: make(map[string]int), subscriptions: make(map[any]int),
	}
}

// Configure changes what may be open. What is open already stays so.
func (b *Book) Configure(config Config) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.config = config
}

// recheck is the time between two looks at a credential.
func (b *Book) recheck() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.config.Recheck
}

// Draining is closed when everything that is open has to end.
func (b *Book) Draining() <-chan struct{} { return b.draining }

// Drain ends what is open, lets nothing more be opened, and waits until all has ended or ctx does.
func (b *Book) Drain(ctx context.Context) {
	select {
	case <-b.drain():
	case <-ctx.Done():
	}
}

func (b *Book) drain() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.drains {
		b.drains, b.empty = true, make(chan struct{})
		close(b.draining)
		b.noticeEmpty()
	}
	return b.empty
}

// noticeEmpty tells whoever drains that nothing is open. The lock is held.
func (b *Book) noticeEmpty() {
	if b.drains && b.open == 0 {
		close(b.empty)
	}
}

// refused counts a refusal. It says that limits exist, and not how large they are.
func (b *Book) refused(by limit, what string) error {
	b.metrics.refused.WithLabelValues(string(by)).Inc()
	return problem.New(problem.SubscriptionLimit, what)
}

// Connect opens a connection from an address. Close must be called when it ends. The error is a SubscriptionLimit, or Unavailable
// while it drains.
func (b *Book) Connect(by Transport, address netip.Addr) (*Connection, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	address = network(address)
	switch {
	case b.drains:
		return nil, problem.New(problem.Unavailable, "")
	case b.open >= b.config.MaxConnections:
		return nil, b.refused(ofConnections, "there are too many connections")
	case b.addresses[address] >= b.config.MaxConnectionsPerAddress:
		return nil, b.refused(ofConnectionsPerAddress, "there are too many connections from this address")
	}
	b.open++
	b.addresses[address]++
	b.metrics.connections.WithLabelValues(string(by)).Inc()
	return &Connection{book: b, by: by, address: address}, nil
}

// network is what counts as one address: of IPv6 a network of 64 bits, which is the least that one subscriber gets.
func network(address netip.Addr) netip.Addr {
	address = address.Unmap().WithZone("")
	if !address.Is6() {
		return address
	}
	prefix, _ := address.Prefix(64) // no more than an address has
	return prefix.Addr()
}

// less takes one from a count, and forgets it where none is left.
func less[K comparable](counts map[K]int, key K) {
	counts[key]--
	if counts[key] <= 0 {
		delete(counts, key)
	}
}
