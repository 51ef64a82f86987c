package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// sockets are the servers of all endpoints. Whoever opens some closes them.
type sockets struct {
	ctx         context.Context //nolint:containedctx // it is the parent of all requests' contexts, and ends with the sockets
	cancel      context.CancelFunc
	servers     []*http.Server
	serving     sync.WaitGroup
	connections sync.WaitGroup
	mu          sync.Mutex
	failed      error // why servers ended, other than by close
}

func newSockets() *sockets {
	s := &sockets{}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// open serves on a port, any free one where it is 0, and returns its URL.
func (s *sockets) open(port int, handler http.Handler) (url string, err error) {
	listener, err := new(net.ListenConfig).Listen(s.ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return "", err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second, // readBody sets one for the body
		WriteTimeout:      2 * time.Minute, // long enough for a fault to outlast any timeout of the gateway's
		IdleTimeout:       3 * time.Minute, // longer than the gateway's, so that the gateway is the one who lets go
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return s.ctx },
		ConnState:         s.track,
	}
	s.servers = append(s.servers, server)
	s.serving.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.fail(fmt.Errorf("serve %s: %w", listener.Addr(), err))
		}
	})
	return "http://" + listener.Addr().String(), nil
}

// track counts the connections whose goroutines have not ended.
func (s *sockets) track(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.connections.Add(1)
	case http.StateHijacked, http.StateClosed:
		s.connections.Done()
	case http.StateActive, http.StateIdle:
	}
}

func (s *sockets) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = errors.Join(s.failed, err)
}

// close ends every server and connection, waits for their goroutines, and returns what went wrong since they were opened.
func (s *sockets) close() error {
	s.cancel()
	s.closeServers()
	s.serving.Wait()
	// A connection that was accepted during the first round is closed in the second: none can follow now.
	s.closeServers()
	s.connections.Wait()
	return s.failed
}

func (s *sockets) closeServers() {
	for _, server := range s.servers {
		if err := server.Close(); err != nil {
			s.fail(err)
		}
	}
}
