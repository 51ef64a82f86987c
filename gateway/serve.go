package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/concierge-gateway/concierge/listening"
	"github.com/concierge-gateway/concierge/listening/direct"
	"github.com/concierge-gateway/concierge/units"
)

// Serve listens and answers until ctx ends, then drains: readiness goes first, new requests are taken until the drain delay is
// over, and those in flight have the drain time to end. It returns nil after a drain that left nothing behind.
func (g *Gateway) Serve(ctx context.Context) error {
	listeners, err := g.Listen(ctx)
	if err != nil {
		return err
	}
	return g.ServeOn(ctx, listeners)
}

// Listeners are the sockets of a gateway. Public speaks TLS where that is configured. Redirect leads to it, nil where nothing
// does.
type Listeners struct {
	Public, Admin, Redirect net.Listener
	QUIC                    net.PacketConn // nil where HTTP/3 is not spoken
}

// Listen opens the sockets without answering on them yet.
func (g *Gateway) Listen(ctx context.Context) (Listeners, error) {
	var network net.ListenConfig
	public, err := network.Listen(ctx, "tcp", g.config.Server.Listen)
	if err != nil {
		return Listeners{}, fmt.Errorf("open the public listener (server.listen): %w", err)
	}
	public = g.within(public, "public", g.config.Server.Connections)
	if g.tls == nil {
		public = g.framing.Listen(public)
	} else {
		public = g.framing.ListenTLS(public, g.tls.Settings(), g.config.Server.Timeouts.Header, g.tls.Greeted)
	}
	admin, err := network.Listen(ctx, "tcp", g.config.Admin.Listen)
	if err != nil {
		return Listeners{}, errors.Join(fmt.Errorf("open the admin listener (admin.listen): %w", err), public.Close())
	}
	admin = g.crowd.Listen(admin, "admin", mostOperators, true)
	redirect, err := g.listenRedirect(ctx)
	if err != nil {
		return Listeners{}, errors.Join(err, public.Close(), admin.Close())
	}
	datagrams, err := g.listenQUIC(ctx, public.Addr())
	if err != nil {
		return Listeners{}, errors.Join(err, public.Close(), admin.Close(), closeIfOpen(redirect))
	}
	return Listeners{Public: public, Admin: admin, Redirect: redirect, QUIC: datagrams}, nil
}

// ServeOn is Serve on sockets that are open already. It closes them.
func (g *Gateway) ServeOn(ctx context.Context, listeners Listeners) error {
	public, admin := g.publicDoor(listeners.QUIC), g.adminServer()
	both, ended := errgroup.WithContext(context.WithoutCancel(ctx))
	working, rest := context.WithCancel(context.WithoutCancel(ctx))
	defer rest()
	g.work(working, both)
	if g.tls != nil {
		both.Go(func() error { g.tls.Run(working, listeners.at()); return nil })
	}
	both.Go(func() error { return serve(public, listeners.Public) })
	both.Go(func() error { return serve(admin, listeners.Admin) })
	leavers := []leaver{public}
	if listeners.Redirect != nil {
		redirect := g.redirectServer()
		leavers = append(leavers, redirect)
		both.Go(func() error { return serve(redirect, listeners.Redirect) })
	}
	quic, err := g.quicServer(listeners.QUIC)
	switch {
	case err != nil:
		both.Go(func() error { return err }) // clients are told of HTTP/3, so it has to be there
	case quic != nil:
		leavers = append(leavers, quic)
		both.Go(quic.Serve)
	}
	g.log.InfoContext(ctx, "listening", "public", listeners.Public.Addr().String(), "admin", listeners.Admin.Addr().String())
	both.Go(func() error { g.begin(working); return nil })
	select {
	case <-ctx.Done():
	case <-ended.Done(): // one of them failed; end the other
	}
	drained := g.drain(context.WithoutCancel(ctx), leavers...)
	closed := admin.Close()
	rest()
	failed := both.Wait()
	g.lives.rested()
	g.Close() // what gives back to Redis what was not used has ended
	return errors.Join(failed, drained, closed)
}

// server is http.Server, or one that has the same manners.
type server interface {
	leaver
	Serve(listener net.Listener) error
}

func serve(server server, listener net.Listener) error {
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	}
	return nil
}

// headerRoom is how much more of a header net/http reads than middleware.HeaderLimit lets pass, so that nearly everybody who
// sends too much is told so with a code.
const headerRoom = 64 * units.KiB

// publicDoor answers simple requests by itself where they come without TLS.
func (g *Gateway) publicDoor(datagrams net.PacketConn) server { //nolint:ireturn // TLS decides which of the two it is
	general := g.publicServer(datagrams)
	if g.tls != nil {
		return general
	}
	return direct.New(general, g.spoken.direct)
}

func (g *Gateway) publicServer(datagrams net.PacketConn) *http.Server {
	server := listening.Server(g.announced(counted(&g.inside, g.Public), datagrams), g.bounds(), g.log)
	g.framing.Attach(server)
	return server
}

// bounds are those of clients' connections.
func (g *Gateway) bounds() listening.Bounds {
	c := g.config.Server
	return listening.Bounds{
		Header:    c.Timeouts.Header,
		Body:      c.Timeouts.Body,
		Write:     c.Timeouts.Write,
		Idle:      c.Timeouts.Idle,
		MaxHeader: c.MaxHeader + headerRoom,

		HTTP2:      c.Protocols.HTTP2,
		HTTP2Error: g.spoken.http2Error,
	}
}

// adminServer has no write timeout: a profile takes as long as its reader asks.
func (g *Gateway) adminServer() *http.Server {
	c := g.config.Server
	return &http.Server{
		Handler:           g.Admin,
		ReadHeaderTimeout: c.Timeouts.Header,
		IdleTimeout:       c.Timeouts.Idle,
		MaxHeaderBytes:    int(c.MaxHeader),
		ErrorLog:          slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
	}
}
