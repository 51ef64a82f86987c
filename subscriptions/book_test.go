package subscriptions_test

import (
	"context"
	"net/netip"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/subscriptions"
)

// opened is a book in which little may be open.
func opened(change func(*subscriptions.Config)) *subscriptions.Book {
	c := subscriptions.DefaultConfig()
	if change != nil {
		change(&c)
	}
	return subscriptions.NewBook(c, subscriptions.NewMetrics(prometheus.NewRegistry()))
}

func connected(t *testing.T, b *subscriptions.Book, address string) *subscriptions.Connection {
	t.Helper()
	c, err := b.Connect(subscriptions.WebSocket, netip.MustParseAddr(address))
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return c
}

func wantOver(t *testing.T, what string, err error) {
	t.Helper()
	if problem.KindOf(err) != problem.SubscriptionLimit {
		t.Errorf("%s: %v, want that there are too many", what, err)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	b := opened(func(c *subscriptions.Config) {
		c.MaxConnections, c.MaxConnectionsPerAddress, c.MaxConnectionsPerPrincipal = 4, 2, 1
	})
	first, second := connected(t, b, "192.0.2.1"), connected(t, b, "::ffff:192.0.2.1")
	_, err := b.Connect(subscriptions.EventStream, netip.MustParseAddr("192.0.2.1"))
	wantOver(t, "a third of an address", err)
	connected(t, b, "2001:db8::1")
	connected(t, b, "2001:db8::2:0:0:1")
	_, err = b.Connect(subscriptions.WebSocket, netip.MustParseAddr("192.0.2.2"))
	wantOver(t, "a fifth in all", err)

	if err := first.Named("7"); err != nil {
		t.Fatal(err)
	}
	wantOver(t, "a second of a caller", second.Named("7"))
	if err := second.Named(""); err != nil {
		t.Errorf("nobody: %v", err)
	}
	first.Close(subscriptions.Left)
	first.Close(subscriptions.Left) // is nothing
	if err := connected(t, b, "192.0.2.1").Named("7"); err != nil {
		t.Errorf("after the first has gone: %v", err)
	}
}

func TestSubscriptionsAndOperationsAreBounded(t *testing.T) {
	b := opened(func(c *subscriptions.Config) { c.MaxOperations, c.MaxPerPrincipal = 1, 1 })
	mine, also, nobody, another := connected(t, b, "192.0.2.1"), connected(t, b, "192.0.2.2"), connected(t, b, "192.0.2.3"),
		connected(t, b, "192.0.2.3")
	for _, c := range []*subscriptions.Connection{mine, also} {
		if err := c.Named("7"); err != nil {
			t.Fatal(err)
		}
	}
	end, err := mine.Operate()
	if err != nil {
		t.Fatal(err)
	}
	_, err = mine.Operate()
	wantOver(t, "a second operation", err)
	end()
	end() // is nothing
	if _, err = mine.Operate(); err != nil {
		t.Errorf("after the first has ended: %v", err)
	}

	over, err := mine.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	_, err = also.Subscribe()
	wantOver(t, "a second subscription of a caller", err)
	if _, err := nobody.Subscribe(); err != nil {
		t.Errorf("nobody's: %v", err)
	}
	_, err = another.Subscribe()
	wantOver(t, "a second subscription of an address", err)
	over(subscriptions.Left)
	over(subscriptions.Left) // is nothing
	if _, err := also.Subscribe(); err != nil {
		t.Errorf("after the first has ended: %v", err)
	}
}

func TestADrainWaitsForWhatIsOpen(t *testing.T) {
	b := opened(nil)
	c := connected(t, b, "192.0.2.1")
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.Drain(t.Context())
	}()
	<-b.Draining()
	if _, err := b.Connect(subscriptions.WebSocket, netip.MustParseAddr("192.0.2.1")); problem.KindOf(err) != problem.Unavailable {
		t.Errorf("a connection while it drains: %v", err)
	}
	if _, err := c.Subscribe(); problem.KindOf(err) != problem.Unavailable {
		t.Errorf("a subscription while it drains: %v", err)
	}
	c.Close(subscriptions.Drained)
	<-done
	b.Drain(t.Context()) // again

	b, ended := opened(nil), func() context.Context { ctx, cancel := context.WithCancel(t.Context()); cancel(); return ctx }()
	connected(t, b, "192.0.2.1")
	b.Drain(ended) // does not wait for ever
}
