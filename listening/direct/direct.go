// Package direct answers which requests need no more than a loop, and is that loop.
//
// net/http starts a second read for each request, on another goroutine, to learn whether the client leaves, and moves all bytes
// through two more buffers. Most requests of HTTP/1.1 are one text that has arrived as a whole, and their answer is one more.
// They are read and answered here, on the goroutine of their connection. Whatever else comes (chunks, upgrades, HTTP/1.0, what
// the guard refuses) is left to net/http's server, with all that was read of it, and so is the rest of its connection. Handlers
// cannot tell the difference, and clients find none but in how fast the answer is there.
package direct

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/framing"
)

// Server answers what is simple by itself, and has net/http's server answer everything else. It goes by that one's settings.
type Server struct {
	inner  *http.Server
	over   *handedOver
	handed [reasons]counter
	ctx    context.Context //nolint:containedctx // of all requests
	blank  *http.Request   // what all requests have in common
	dates  dates
	texts  sync.Pool // of *texts

	leaving atomic.Bool // no answer is followed by another request
	cut     atomic.Bool // no request is waited for
	mu      sync.Mutex
	socket  net.Listener // nil before Serve
	open    map[*connection]struct{}
}

// New makes a server of one that has not served yet, that a guard is attached to and that has an ErrorLog.
func New(inner *http.Server, metrics *Metrics) *Server {
	s := &Server{
		inner: inner, over: newHandedOver(), handed: metrics.handed, open: make(map[*connection]struct{}),
		ctx:   context.WithValue(context.Background(), http.ServerContextKey, inner),
		blank: &http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1},
		texts: sync.Pool{New: func() any { return new(texts) }},
	}
	inner.ConnState = s.over.notice(inner.ConnState)
	return s
}

// Serve answers on a guard's listener until Shutdown or Close, and returns http.ErrServerClosed once all has ended. It closes the
// listener.
func (s *Server) Serve(listener net.Listener) error {
	defer listener.Close() //nolint:errcheck // it may be closed already
	if !s.begin(listener) {
		return http.ErrServerClosed
	}
	s.over.at = listener.Addr()
	var rest sync.WaitGroup
	defer rest.Wait()
	watching, stop := context.WithCancel(s.ctx)
	rest.Go(func() { s.watch(watching) })
	rest.Go(func() {
		defer stop()
		_ = s.inner.Serve(s.over) // it ends by being closed
	})
	err := s.accept(listener)
	if !s.leaving.Load() {
		_ = s.over.Close() // it cannot fail
		return fmt.Errorf("accept connections: %w", err)
	}
	return http.ErrServerClosed
}

func (s *Server) begin(listener net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.socket = listener
	return !s.leaving.Load()
}

// accept returns with the first error that does not pass.
func (s *Server) accept(listener net.Listener) error {
	const shortest, longest = 5 * time.Millisecond, time.Second // net/http's
	pause := shortest
	for {
		nc, err := listener.Accept()
		if err == nil {
			pause = shortest
			s.welcome(nc)
			continue
		}
		passing, ok := errors.AsType[net.Error](err)
		if !ok || !passing.Temporary() { //nolint:staticcheck // net/http asks so, and there is no other way to
			return err //nolint:wrapcheck // Serve does
		}
		s.inner.ErrorLog.Printf("accept: %v; once more in %v", err, pause)
		<-time.After(pause)
		pause = min(2*pause, longest)
	}
}

// welcome finds out who answers on a connection.
func (s *Server) welcome(nc net.Conn) {
	plain, ok := framing.AsPlain(nc)
	if !ok {
		go s.handOver(nc, noSocket)
		return
	}
	c := s.connect(plain, nc)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leaving.Load() {
		_ = nc.Close() // nothing was asked on it
		return
	}
	s.open[c] = struct{}{}
	go c.serve()
}

// handOver leaves a connection to net/http.
func (s *Server) handOver(nc net.Conn, why reason) {
	s.handed[why].Inc()
	s.over.put(nc)
}

func (s *Server) forget(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}
