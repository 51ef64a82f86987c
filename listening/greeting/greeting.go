// Package greeting answers with which connections of a listener one can go on, once something was said or read on them.
package greeting

import (
	"context"
	"net"
	"sync"
)

// Greet says or reads on a connection what has to come first, and returns what goes on from there, or nil where it has closed the
// connection. ctx ends when the listener is closed, as the connection is then. It bounds the time that it takes by itself.
type Greet func(ctx context.Context, raw net.Conn) net.Conn

// Listen is a listener whose connections have been greeted when they are accepted. They do not wait for each other. Close closes
// those that nobody has accepted, and waits for what was begun.
func Listen(inner net.Listener, greet Greet) net.Listener {
	ctx, stop := context.WithCancel(context.Background())
	l := &listener{
		Listener: inner, greet: greet, ready: make(chan net.Conn), failed: make(chan error), closed: ctx, stop: stop,
		waiting: make(map[net.Conn]bool),
	}
	l.work.Go(l.acceptAll)
	return l
}

type listener struct {
	net.Listener
	greet  Greet
	ready  chan net.Conn
	failed chan error
	closed context.Context //nolint:containedctx // it is how the goroutines end
	stop   context.CancelFunc
	work   sync.WaitGroup

	mu      sync.Mutex
	waiting map[net.Conn]bool // who is being greeted
}

// Accept returns the next connection that was greeted.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.ready:
		return conn, nil
	case err := <-l.failed:
		return nil, err
	case <-l.closed.Done():
		return nil, net.ErrClosed
	}
}

// Close closes the listener and the connections that nobody accepted, and waits for what was begun.
func (l *listener) Close() error {
	l.stop()
	err := l.Listener.Close()
	l.mu.Lock()
	for each := range l.waiting {
		_ = each.Close() // nobody will hear of it
	}
	l.mu.Unlock()
	l.work.Wait()
	return err //nolint:wrapcheck // as if it were called there
}

// acceptAll goes on after errors, which Accept's caller judges: most of them pass.
func (l *listener) acceptAll() {
	for l.closed.Err() == nil {
		raw, err := l.Listener.Accept()
		if err == nil {
			l.work.Go(func() { l.welcome(raw) })
			continue
		}
		select {
		case l.failed <- err:
		case <-l.closed.Done():
		}
	}
}

func (l *listener) welcome(raw net.Conn) {
	if !l.begin(raw) {
		_ = raw.Close() // the listener is closed
		return
	}
	conn := l.greet(l.closed, raw)
	l.mu.Lock()
	delete(l.waiting, raw)
	l.mu.Unlock()
	if conn == nil {
		return
	}
	select {
	case l.ready <- conn:
	case <-l.closed.Done():
		_ = conn.Close() // nobody has read from it
	}
}

// begin notes a connection, and reports whether the listener is open.
func (l *listener) begin(raw net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed.Err() != nil {
		return false
	}
	l.waiting[raw] = true
	return true
}
