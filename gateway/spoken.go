package gateway

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/concierge-gateway/concierge/listening"
	"github.com/concierge-gateway/concierge/listening/direct"
	"github.com/concierge-gateway/concierge/listening/overquic"
)

// spoken is what is spoken on the public listener beside HTTP/1.1 and TLS, and holds as long as the gateway does.
type spoken struct {
	balancers  *listening.Balancers // nil where none tells of clients
	http2Error func(kind string)
	quic       *overquic.Metrics // nil where HTTP/3 is not spoken
	direct     *direct.Metrics
}

// openSpoken reads what server.http2 and those beside it say.
func (g *Gateway) openSpoken() (err error) {
	c := g.config.Server.Protocols
	g.spoken.http2Error = listening.CountHTTP2Errors(g.registry)
	g.spoken.direct = direct.NewMetrics(g.registry)
	if c.HTTP3.Enabled {
		g.spoken.quic = overquic.NewMetrics(g.registry)
	}
	g.spoken.balancers, err = listening.OpenBalancers(c.ProxyProtocol, g.registry, g.log)
	return err
}

// listenQUIC opens the socket of HTTP/3, nil where that is not spoken. Beside a public listener, it has the same port.
func (g *Gateway) listenQUIC(ctx context.Context, public net.Addr) (net.PacketConn, error) {
	c := g.config.Server.Protocols.HTTP3
	if g.tls == nil || !c.Enabled {
		return nil, nil
	}
	address := c.Listen
	if address == "" {
		address = public.String()
	}
	var network net.ListenConfig
	socket, err := network.ListenPacket(ctx, "udp", address)
	if err != nil {
		return nil, fmt.Errorf("open the listener of HTTP/3 (server.http3): %w", err)
	}
	return socket, nil
}

// quicServer answers on that socket as the public server does, nil where there is none.
func (g *Gateway) quicServer(socket net.PacketConn) (*overquic.Server, error) {
	if socket == nil {
		return nil, nil
	}
	b := g.bounds()
	bounds := overquic.Bounds{
		Header: b.Header, Body: b.Body, Write: b.Write, Idle: b.Idle, MaxHeader: b.MaxHeader,
		Enter: g.crowd.Addresses("http3", g.config.Server.Connections).Enter, Full: g.memory.Full,
	}
	handler := g.framing.Middleware(counted(&g.inside, g.Public))
	return overquic.Open(socket, g.tls.Settings(), handler, g.config.Server.Protocols.HTTP3, bounds, g.spoken.quic, g.log)
}

// announced tells clients of HTTP/3 where it is spoken.
func (g *Gateway) announced(next http.Handler, socket net.PacketConn) http.Handler {
	if socket == nil {
		return next
	}
	return overquic.Announce(next, socket.LocalAddr(), g.config.Server.Protocols.HTTP3)
}

func closeIfOpen(c net.Listener) error {
	if c == nil {
		return nil
	}
	return c.Close() //nolint:wrapcheck // whoever opened it says what was being done
}
