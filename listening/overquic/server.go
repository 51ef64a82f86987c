// Package overquic answers how requests come in over QUIC: HTTP/3 (RFC 9114).
//
// quic-go speaks it. Here stand the bounds that it does not know of, and how it ends.
package overquic

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/concierge-gateway/concierge/units"
)

// Bounds are what one client may keep the server busy with.
type Bounds struct {
	// Header bounds the handshake.
	Header time.Duration
	// Body bounds reading a request's body.
	Body time.Duration
	// Write bounds the time from a request's header to the end of its answer.
	Write time.Duration
	// Idle closes a connection without requests.
	Idle time.Duration
	// MaxHeader is how much of a request's header is read.
	MaxHeader units.Bytes
	// Enter counts a connection by its address, where there is room for one more of it. leave may be nil. It may be nil itself.
	Enter func(net.Addr) (leave func(), ok bool)
	// Full reports whether no connection is let in at all. It may be nil.
	Full func() bool
}

// Server answers requests over QUIC. Its methods may be called from any goroutine.
type Server struct {
	socket    net.PacketConn
	transport *quic.Transport
	listener  *quic.Listener
	inner     *http3.Server
	config    Config
	bounds    Bounds
	metrics   *Metrics
	log       *slog.Logger

	connections atomic.Int64
	requests    atomic.Int64 // under way
}

// Open takes connections from a socket, without answering yet. The settings of TLS are those of the listener for TCP. The server
// closes the socket.
func Open(
	socket net.PacketConn, settings *tls.Config, handler http.Handler, config Config, bounds Bounds, metrics *Metrics,
	log *slog.Logger,
) (*Server, error) {
	s := &Server{socket: socket, config: config, bounds: bounds, metrics: metrics, log: log}
	s.transport = &quic.Transport{Conn: socket, VerifySourceAddress: s.crowded, ConnContext: s.admit}
	s.inner = &http3.Server{
		Handler:        s.within(handler),
		MaxHeaderBytes: int(bounds.MaxHeader),
		IdleTimeout:    bounds.Idle,
	}
	listener, err := s.transport.Listen(http3.ConfigureTLSConfig(settings), s.settings())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for QUIC: %w", err), socket.Close())
	}
	s.listener = listener
	return s, nil
}

// streamsBeside is how many streams a client opens beside its requests: one for control and two for the compression of headers
// (RFC 9114, section 6.2), and some of kinds that nobody knows.
const streamsBeside = 8

// settings are those of connections. Requests that come before the handshake is over (0-RTT) are not taken: they can be repeated
// by whoever has seen them.
func (s *Server) settings() *quic.Config {
	stream, connection := uint64(s.config.StreamBuffer), uint64(s.config.ConnectionBuffer) //nolint:gosec // Validate bounds them
	return &quic.Config{
		HandshakeIdleTimeout:           s.bounds.Header,
		MaxIdleTimeout:                 s.bounds.Idle,
		InitialStreamReceiveWindow:     stream,
		MaxStreamReceiveWindow:         stream,
		InitialConnectionReceiveWindow: connection,
		MaxConnectionReceiveWindow:     connection,
		MaxIncomingStreams:             int64(s.config.MaxStreams),
		MaxIncomingUniStreams:          streamsBeside,
	}
}

// crowded reports whether a client must show that it receives at its address before anything is kept for it.
func (s *Server) crowded(net.Addr) bool {
	return s.connections.Load() > int64(s.config.MaxConnections/2)
}

// errFull is a connection beyond the limit.
var errFull = errors.New("there are too many connections")

// admit counts a connection, and refuses it where there are too many.
func (s *Server) admit(ctx context.Context, client *quic.ClientInfo) (context.Context, error) {
	all := s.connections.Add(1)
	if all > int64(s.config.MaxConnections) || s.bounds.Full != nil && s.bounds.Full() {
		return nil, s.refuse()
	}
	var leave func()
	if s.bounds.Enter != nil {
		var ok bool
		if leave, ok = s.bounds.Enter(client.RemoteAddr); !ok {
			return nil, s.refuse()
		}
	}
	s.metrics.connections.Inc()
	context.AfterFunc(ctx, func() {
		s.connections.Add(-1)
		s.metrics.connections.Dec()
		if leave != nil {
			leave()
		}
	})
	return ctx, nil
}

// refuse takes back that a connection was counted.
func (s *Server) refuse() error {
	s.connections.Add(-1)
	s.metrics.refused.Inc()
	return errFull
}

// within gives each request the times that net/http gives those over TCP.
func (s *Server) within(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		defer s.requests.Add(-1)
		now, control := time.Now(), http.NewResponseController(w)
		if err := errors.Join(
			control.SetReadDeadline(now.Add(s.bounds.Body)), control.SetWriteDeadline(now.Add(s.bounds.Write)),
		); err != nil {
			panic(http.ErrAbortHandler) // without a time, it might never end
		}
		answer := &writer{ResponseWriter: w}
		next.ServeHTTP(answer, r)
		answer.begin() // it may have none but a header
	})
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.socket.LocalAddr() }

// Serve answers until Shutdown or Close.
func (s *Server) Serve() error {
	if err := s.inner.ServeListener(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP/3 on %s: %w", s.Addr(), err)
	}
	return nil
}

// goodbye is how long clients have to close a connection after its last request, as with HTTP/2. Not all do.
const goodbye = time.Second

// Shutdown tells clients to leave (GOAWAY) and waits for requests under way, until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	_ = s.listener.Close() // those that are connected stay; what is wrong is said at the end
	leaving, cut := context.WithCancel(ctx)
	defer cut()
	left := make(chan struct{})
	go func() {
		defer close(left)
		_ = s.inner.Shutdown(leaving) // it fails where leaving ends, and whether requests were cut off is seen below
	}()
	const looks = 10
	ticks := time.NewTicker(goodbye / looks)
	defer ticks.Stop()
	for quiet := 0; ; {
		select {
		case <-left:
			return errors.Join(s.cutOff(ctx), s.release())
		case <-ticks.C:
		}
		quiet++
		if s.requests.Load() > 0 {
			quiet = 0
		}
		if quiet == looks {
			cut()
		}
	}
}

// cutOff says that requests did not end in time.
func (s *Server) cutOff(ctx context.Context) error {
	if s.requests.Load() > 0 {
		return context.Cause(ctx)
	}
	return nil
}

// Close ends all connections at once.
func (s *Server) Close() error { return errors.Join(s.inner.Close(), s.release()) }

// release gives back what the server holds. It may be called more than once.
func (s *Server) release() error {
	err := errors.Join(s.listener.Close(), s.transport.Close())
	if closed := s.socket.Close(); !errors.Is(closed, net.ErrClosed) {
		err = errors.Join(err, closed)
	}
	return err
}
