package gateway

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/concierge-gateway/concierge/listening"
	"github.com/concierge-gateway/concierge/listening/acme"
	"github.com/concierge-gateway/concierge/middleware"
)

// listenRedirect opens the listener that leads to TLS, nil where there is none.
func (g *Gateway) listenRedirect(ctx context.Context) (net.Listener, error) {
	address := g.config.Server.TLS.Redirect.Listen
	if g.tls == nil || address == "" {
		return nil, nil
	}
	var network net.ListenConfig
	inner, err := network.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("open the listener that leads to TLS (server.tls.redirect.listen): %w", err)
	}
	return g.framing.Listen(g.within(inner, "redirect", redirected(g.config.Server.Connections))), nil
}

// redirectServer answers on that listener, within the bounds of the public one.
func (g *Gateway) redirectServer() *http.Server {
	c := g.config
	server := listening.Server(chi.Chain(
		middleware.RequestID,
		middleware.Secure(c.Server.TLS.HSTS.Field()),
		refuseFraming,
		middleware.HeaderLimit(c.Server.MaxHeader),
	).Handler(g.tls.Redirect(c.Auth.Fields())), g.bounds(), g.log)
	g.framing.Attach(server)
	server.SetKeepAlivesEnabled(false) // who was led away asks no more here, and a drain closes none that somebody uses
	return server
}

// at are the addresses that an authority finds the gateway by.
func (l Listeners) at() acme.Addresses {
	addresses := acme.Addresses{Public: l.Public.Addr()}
	if l.Redirect != nil {
		addresses.Redirect = l.Redirect.Addr()
	}
	return addresses
}

// uncertified are the hosts that there is no certificate for now.
func (g *Gateway) uncertified() []string {
	if g.tls == nil {
		return nil
	}
	var lines []string
	for _, host := range g.tls.Missing() {
		lines = append(lines, "there is no certificate for "+host+" that counts now")
	}
	return lines
}
