package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
)

// run is one time that a socket serves, from when it listens to when it is ended.
type run struct {
	server *http.Server
	cancel context.CancelFunc // ends the calls
	ended  chan error         // why it no longer accepts connections

	mu          sync.Mutex
	killed      bool
	open        map[net.Conn]struct{}
	connections sync.WaitGroup // those whose goroutines have not ended
}

// track knows the open connections.
func (r *run) track(conn net.Conn, state http.ConnState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch state {
	case http.StateNew:
		r.open[conn] = struct{}{}
		r.connections.Add(1)
		if r.killed {
			resetOnClose(conn)
		}
	case http.StateHijacked, http.StateClosed:
		delete(r.open, conn)
		r.connections.Done()
	case http.StateActive, http.StateIdle:
	}
}

// kill is close, but for how it looks from outside: peers see their connections reset.
func (r *run) kill() error {
	r.mu.Lock()
	r.killed = true
	for conn := range r.open {
		resetOnClose(conn)
	}
	r.mu.Unlock()
	return r.close()
}

// resetOnClose has a connection drop what it has not sent when it is closed, and end by RST.
func resetOnClose(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // it has ended already
	}
}

// close ends the server and its connections, waits for their goroutines, and says if it had stopped listening by itself.
func (r *run) close() error {
	r.cancel()
	failed := r.server.Close()
	if err := <-r.ended; !errors.Is(err, http.ErrServerClosed) {
		failed = errors.Join(failed, fmt.Errorf("serve: %w", err))
	}
	// A connection that was accepted during the first round is closed in the second: none can follow now.
	failed = errors.Join(failed, r.server.Close())
	r.connections.Wait()
	return failed
}
