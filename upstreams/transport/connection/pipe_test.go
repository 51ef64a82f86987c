package connection

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
)

// The tests below a clock of their own have connections in memory.
var inMemory = &url.URL{Scheme: "http", Host: "users:8000"}

// piped are connections in memory, each handled by a goroutine of its own.
type piped struct {
	handle func(*peer)

	mu     sync.Mutex
	made   int
	closed int // by the caller
	calls  sync.WaitGroup
}

func (p *piped) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	callers, services := net.Pipe()
	p.mu.Lock()
	p.made++
	n := p.made
	p.mu.Unlock()
	p.calls.Go(func() {
		defer services.Close()
		p.handle(&peer{Conn: services, requests: bufio.NewReader(services), number: n})
	})
	return &counted{Conn: callers, closed: sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.closed++
	})}, nil
}

// open is how many connections the caller has not closed.
func (p *piped) open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made - p.closed
}

func (p *piped) connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made
}

// way is the own way over such connections, and ends with the test.
func (p *piped) way(t *testing.T, change func(*http.Transport)) *Transport {
	t.Helper()
	other := settings()
	other.DialContext = p.dial
	if change != nil {
		change(other)
	}
	way := New(inMemory, other)
	t.Cleanup(func() {
		way.CloseIdleConnections()
		p.calls.Wait()
	})
	return way
}

// counted tells when it is closed.
type counted struct {
	net.Conn
	closed func()
}

func (c *counted) Close() error {
	c.closed()
	return c.Conn.Close()
}
