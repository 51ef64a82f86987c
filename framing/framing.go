// Package framing answers whether the bytes of an HTTP/1 connection can be read in one way only.
//
// net/http accepts requests that other programs end elsewhere: with Content-Length beside Transfer-Encoding, with bare line
// feeds, with folded lines. What follows such a request may be a request of somebody else's choice (RFC 9112, section 11.2). So a
// Guard stands between the connection and net/http, knows a strict part of RFC 9112 and holds back the rest. It refuses and never
// rewrites. It is no second parser either: it gives nothing but yes or no, and as what it lets through has one reading, net/http
// ends every message where the guard does.
package framing

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/units"
)

// Settings bound what a connection may keep the guard busy with.
type Settings struct {
	// MaxHeader bounds a header section, request line included. It must not be more than the server's MaxHeaderBytes, so that
	// it is the guard that answers what is larger. A connection holds so much at most.
	MaxHeader units.Bytes
	// HeaderTimeout bounds the time from the first byte of a header section to its last, where the server has a timeout at all.
	// The server's own ReadHeaderTimeout sees the first byte when the guard has seen the last. 0s bounds nothing.
	HeaderTimeout time.Duration
}

// Guard judges the connections of one server. Its methods may be called from any goroutine.
type Guard struct {
	settings Settings
	log      *slog.Logger
	refused  [reasons]prometheus.Counter
	standIns [reasons]string // what net/http gets to read in the place of a header section, by reason
	secret   string          // how the target of a stand-in begins
	blocks   sync.Pool
}

// New makes a guard. A server that listens through it must be attached to it.
func New(settings Settings, registerer prometheus.Registerer, log *slog.Logger) *Guard {
	g := &Guard{settings: settings, log: log, refused: refusedCounters(registerer)}
	g.blocks.New = func() any { return new(block) }
	var random [16]byte
	_, _ = rand.Read(random[:]) // it never fails: Go ends the process
	g.secret = "/" + hex.EncodeToString(random[:]) + "/"
	for r := range g.standIns {
		g.standIns[r] = fmt.Sprintf("GET %s%02d HTTP/1.1\r\nHost: refused\r\nConnection: close\r\n\r\n", g.secret, r)
	}
	return g
}

// Attach makes a server the guard's own. The server must not have served yet, and whoever changes its Handler, ConnState or
// ConnContext later calls Middleware, ConnState and ConnContext there.
func (g *Guard) Attach(server *http.Server) {
	server.Handler = g.Middleware(server.Handler)
	server.ConnState = g.ConnState
	server.ConnContext = g.ConnContext
}

// Listen puts the guard before the connections of a listener without TLS.
func (g *Guard) Listen(inner net.Listener) net.Listener { return listener{inner, g} }

type listener struct {
	net.Listener
	guard *Guard
}

func (l listener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err //nolint:wrapcheck // net/http looks for timeouts and closed listeners
	}
	return l.guard.watch(inner), nil
}

// watched is a connection behind a guard, with TLS or without.
type watched interface{ watched() *conn }

// ConnState tells the guard that a request was answered, or that its handler took the connection: what comes then is no HTTP.
// It is an http.Server's ConnState.
func (g *Guard) ConnState(nc net.Conn, state http.ConnState) {
	w, ok := nc.(watched)
	if !ok {
		return
	}
	switch state {
	case http.StateIdle:
		w.watched().answered.Add(1)
	case http.StateHijacked:
		w.watched().letGo()
	default:
	}
}

type connKey struct{}

// ConnContext lets Middleware find the connection of a request. It is an http.Server's ConnContext.
func (g *Guard) ConnContext(ctx context.Context, nc net.Conn) context.Context {
	if w, ok := nc.(watched); ok {
		return context.WithValue(ctx, connKey{}, w.watched())
	}
	return ctx
}
