package demo

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// sockets are the places where all endpoints listen. Whoever opens some closes them.
type sockets struct {
	ctx    context.Context //nolint:containedctx // it is the parent of all requests' contexts, and ends with the sockets
	cancel context.CancelFunc
	host   string
	all    []*socket
}

func newSockets(host string) *sockets {
	s := &sockets{host: host}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// open serves on a port, any free one where it is 0.
func (s *sockets) open(port int, handler http.Handler) (*socket, error) {
	opened := &socket{ctx: s.ctx, address: net.JoinHostPort(s.host, strconv.Itoa(port)), handler: handler}
	listener, err := opened.listen()
	if err != nil {
		return nil, err
	}
	opened.address = listener.Addr().String()
	opened.run = opened.serve(listener)
	s.all = append(s.all, opened)
	return opened, nil
}

// close ends every socket, and returns what went wrong since they were opened.
func (s *sockets) close() error {
	s.cancel()
	var failed error
	for _, each := range s.all {
		failed = errors.Join(failed, each.close())
	}
	return failed
}

// socket is where one endpoint listens: at the same address whenever it does.
type socket struct {
	ctx     context.Context //nolint:containedctx // the sockets' own
	address string
	handler http.Handler

	mu     sync.Mutex
	run    *run  // nil while it is stopped
	failed error // why earlier runs ended, other than by stop
}

// stop ends the socket as if its process had been killed. It returns when the calls that were under way have ended.
func (s *socket) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end((*run).kill)
}

// errClosed says that the services will not run again.
var errClosed = errors.New("the services are closed")

// restart listens again, unless it does already.
func (s *socket) restart() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ctx.Err() != nil:
		return errClosed
	case s.run != nil:
		return nil
	}
	listener, err := s.listenAgain()
	if err != nil {
		return err
	}
	s.run = s.serve(listener)
	return nil
}

func (s *socket) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end((*run).close)
	return s.failed
}

func (s *socket) end(by func(*run) error) {
	if s.run != nil {
		s.failed = errors.Join(s.failed, by(s.run))
		s.run = nil
	}
}

func (s *socket) listen() (net.Listener, error) {
	return new(net.ListenConfig).Listen(s.ctx, "tcp", s.address)
}

// How long, and how often, a socket tries to get its port back.
const (
	restartPatience = 5 * time.Second
	restartInterval = 10 * time.Millisecond
)

// listenAgain waits for a moment where somebody else has the port: the system may have lent it to a connection.
func (s *socket) listenAgain() (net.Listener, error) {
	ctx, cancel := context.WithTimeout(s.ctx, restartPatience)
	defer cancel()
	next := time.NewTicker(restartInterval)
	defer next.Stop()
	for {
		listener, err := s.listen()
		if err == nil {
			return listener, nil
		}
		select {
		case <-next.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

func (s *socket) serve(listener net.Listener) *run {
	ctx, cancel := context.WithCancel(s.ctx)
	r := &run{cancel: cancel, open: make(map[net.Conn]struct{}), ended: make(chan error, 1)}
	r.server = &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second, // readBody sets one for the body
		WriteTimeout:      2 * time.Minute, // long enough for a fault to outlast any timeout of the gateway's
		IdleTimeout:       3 * time.Minute, // longer than the gateway's, so that the gateway is the one who lets go
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState:         r.track,
	}
	go func() { r.ended <- r.server.Serve(listener) }()
	return r
}
