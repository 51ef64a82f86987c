package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/concierge-gateway/concierge/config"
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

// Listeners are the sockets of a gateway. Public speaks TLS where that is configured.
type Listeners struct{ Public, Admin net.Listener }

// Listen opens the sockets without answering on them yet.
func (g *Gateway) Listen(ctx context.Context) (Listeners, error) {
	var network net.ListenConfig
	public, err := network.Listen(ctx, "tcp", g.config.Server.Listen)
	if err != nil {
		return Listeners{}, fmt.Errorf("open the public listener (server.listen): %w", err)
	}
	if g.config.Server.TLS.Cert == "" {
		public = g.framing.Listen(public)
	} else {
		settings, err := tlsSettings(g.config.Server.TLS)
		if err != nil {
			return Listeners{}, errors.Join(err, public.Close())
		}
		public = g.framing.ListenTLS(public, settings, g.config.Server.Timeouts.Header)
	}
	admin, err := network.Listen(ctx, "tcp", g.config.Admin.Listen)
	if err != nil {
		return Listeners{}, errors.Join(fmt.Errorf("open the admin listener (admin.listen): %w", err), public.Close())
	}
	return Listeners{Public: public, Admin: admin}, nil
}

// ServeOn is Serve on sockets that are open already. It closes them.
func (g *Gateway) ServeOn(ctx context.Context, listeners Listeners) error {
	public, admin := g.publicServer(), g.adminServer()
	both, ended := errgroup.WithContext(context.WithoutCancel(ctx))
	working, rest := context.WithCancel(context.WithoutCancel(ctx))
	defer rest()
	both.Go(func() error { g.services.Run(working); return nil })
	both.Go(func() error { g.authenticator.Run(working); return nil })
	both.Go(func() error { g.counters.Run(working); return nil })
	both.Go(func() error { g.caches.Run(working); return nil })
	both.Go(func() error { g.happenings.Run(working); return nil })
	both.Go(func() error { g.persisted.Run(working); return nil })
	both.Go(func() error { return serve(public, listeners.Public) })
	both.Go(func() error { return serve(admin, listeners.Admin) })
	g.log.InfoContext(ctx, "listening", "public", listeners.Public.Addr().String(), "admin", listeners.Admin.Addr().String())
	select {
	case <-ctx.Done():
	case <-ended.Done(): // one of them failed; end the other
	}
	drained := g.drain(context.WithoutCancel(ctx), public)
	closed := admin.Close()
	rest()
	failed := both.Wait()
	g.Close() // what gives back to Redis what was not used has ended
	return errors.Join(failed, drained, closed)
}

// drain ends the public server: requests in flight may end, and then WebSockets are closed. The admin listener goes on meanwhile:
// it is where a balancer reads that this instance leaves.
func (g *Gateway) drain(ctx context.Context, public *http.Server) error {
	g.draining.Store(true)
	timeouts := g.config.Server.Timeouts
	g.log.InfoContext(ctx, "draining", "delay", timeouts.DrainDelay, "limit", timeouts.Drain)
	<-time.After(timeouts.DrainDelay)
	ctx, cancel := context.WithTimeout(ctx, timeouts.Drain)
	defer cancel()
	g.streams.drain(ctx)
	err := public.Shutdown(ctx)
	g.rest.Close() // Shutdown knows nothing of WebSockets
	if err != nil {
		return errors.Join(fmt.Errorf("drain: %w", err), public.Close())
	}
	g.log.InfoContext(ctx, "drained")
	return nil
}

func serve(server *http.Server, listener net.Listener) error {
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	}
	return nil
}

// headerRoom is how much more of a header net/http reads than middleware.HeaderLimit lets pass, so that nearly everybody who
// sends too much is told so with a code.
const headerRoom = 64 * units.KiB

func (g *Gateway) publicServer() *http.Server {
	c := g.config.Server
	server := &http.Server{
		Handler:           g.Public,
		ReadHeaderTimeout: c.Timeouts.Header,
		ReadTimeout:       c.Timeouts.Body,
		WriteTimeout:      c.Timeouts.Write,
		IdleTimeout:       c.Timeouts.Idle,
		MaxHeaderBytes:    int(c.MaxHeader + headerRoom),
		// Without it, one connection whose client reads nothing keeps all of its handlers for ever, write timeout or not.
		HTTP2:    &http.HTTP2Config{WriteByteTimeout: c.Timeouts.Write},
		ErrorLog: slog.NewLogLogger(g.log.Handler(), slog.LevelDebug), // what strangers' connections do wrong
	}
	g.framing.Attach(server)
	return server
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

// tlsSettings offers HTTP/2 and HTTP/1.1. TLS 1.2 is the oldest version that RFC 8996 leaves in use.
func tlsSettings(c config.TLS) (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, fmt.Errorf("read the certificate (server.tls): %w", err)
	}
	settings := &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
	}
	if c.ClientCA == "" {
		return settings, nil
	}
	return settings, askClients(settings, c)
}

// askClients lets clients show a certificate. One that is shown must be good, so that a mistake of a client is seen at once.
func askClients(settings *tls.Config, c config.TLS) error {
	text, err := os.ReadFile(c.ClientCA)
	if err != nil {
		return fmt.Errorf("read whose client certificates are believed (server.tls.client_ca): %w", err)
	}
	settings.ClientCAs = x509.NewCertPool()
	if !settings.ClientCAs.AppendCertsFromPEM(text) {
		return errors.New("read whose client certificates are believed (server.tls.client_ca): there is no certificate in it")
	}
	settings.ClientAuth = tls.VerifyClientCertIfGiven
	if c.ClientRequired {
		settings.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return nil
}
