package gateway

import (
	"context"
	"fmt"
	"net"
	"slices"

	"github.com/concierge-gateway/concierge/listening"
	"github.com/concierge-gateway/concierge/networks"
	"github.com/concierge-gateway/concierge/pressure"
)

// The most connections of the listeners beside the public one. They are for few who ask little.
const (
	mostOperators  = 256
	mostRedirected = 1024
)

// openBounds opens what holds for as long as the gateway does: how many connections there may be, and how much memory.
func (g *Gateway) openBounds() error {
	c := g.config.Server
	believed, err := networks.NewRanges(slices.Concat(c.Forwarded.TrustedProxies, c.Protocols.ProxyProtocol.From))
	if err != nil {
		return fmt.Errorf("read trusted proxies: %w", err)
	}
	g.memory = pressure.New(c.Memory, pressure.Limit(), g.registry, g.log)
	g.crowd = listening.NewCrowd(listening.Rules{Exempt: believed.Contain, Full: g.memory.Full}, g.registry, g.log)
	return nil
}

// within bounds the connections of clients: all before anything is read of them, and those of an address once balancers have
// told of it.
func (g *Gateway) within(inner net.Listener, name string, c listening.Connections) net.Listener {
	return g.crowd.Addresses(name, c).Listen(g.spoken.balancers.Listen(g.crowd.Bounded(inner, name, c)))
}

// redirected are the bounds of the listener that leads to TLS.
func redirected(public listening.Connections) listening.Connections {
	return listening.Connections{Max: min(mostRedirected, public.Max), PerAddress: public.PerAddress}
}

// heedMemory measures the process until ctx ends, and has caches take less where memory is short.
func (g *Gateway) heedMemory(ctx context.Context) {
	g.memory.Run(ctx, func(tight bool) {
		if caches := g.current().caches; caches != nil {
			caches.memory.Squeeze(tight)
		}
	})
}
