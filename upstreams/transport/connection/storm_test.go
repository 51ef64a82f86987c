package connection

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// moody answers each request with its own path, in one way or another, and falls over now and then.
func moody(p *peer) {
	for {
		text, ok := p.next()
		if !ok {
			return
		}
		path := strings.Fields(text)[1]
		switch rand.IntN(12) {
		case 0:
			return
		case 1:
			p.says("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + path)
			return
		case 2:
			p.says(fmt.Sprintf("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(path), path))
			return
		case 3:
			p.says(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s%s", len(path), path, hello))
		case 4:
			p.says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n/\r\n")
			p.says(fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(path)-1, path[1:]))
		case 5: // and hangs up afterwards
			p.says(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(path), path))
			return
		case 6: // and never goes on
			p.says("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + path)
			p.gone()
			return
		default:
			p.says(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(path)))
			p.says(path)
		}
	}
}

// tracked counts the connections that are open on the caller's side. They can still be asked whether they are quiet.
type tracked struct {
	*net.TCPConn
	closed func()
}

func (t *tracked) Close() error {
	t.closed()
	return t.TCPConn.Close()
}

// Callers come and leave while a service falls over again and again. No answer reaches another caller, and nothing is left.
func TestNothingIsMixedUpAndNothingIsLeft(t *testing.T) {
	s := serve(t, moody)
	var open atomic.Int64
	other := settings()
	other.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		open.Add(1)
		return &tracked{c.(*net.TCPConn), sync.OnceFunc(func() { open.Add(-1) })}, nil
	}
	way := New(s.base, other)
	var answered atomic.Int64
	before := runtime.NumGoroutine()
	var callers sync.WaitGroup
	for caller := range 8 {
		callers.Go(func() {
			for i := range 150 {
				path := fmt.Sprintf("/callers/%d/%d/%s", caller, i, strings.Repeat("x", rand.IntN(50)))
				if visits(t, way, s, path) {
					answered.Add(1)
				}
			}
		})
	}
	callers.Wait()
	way.CloseIdleConnections()
	if open.Load() != 0 {
		t.Errorf("%d connections are open, want none", open.Load())
	}
	if answered.Load() < 300 {
		t.Errorf("%d requests were answered, want more: nothing is shown", answered.Load())
	}
	until(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
}

// visits sends a request, and leaves it at a time of its own. It reports whether there was a whole answer.
func visits(t *testing.T, way http.RoundTripper, s *service, path string) bool {
	t.Helper()
	ctx, leave := context.WithCancelCause(t.Context())
	defer leave(nil)
	req := request(ctx, t, http.MethodGet, s.base, "")
	req.URL.Path = path
	res, err := way.RoundTrip(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	into := make([]byte, len(path))
	if n, err := io.ReadFull(res.Body, into); n < len(path) {
		t.Errorf("the answer to %s ends after %q: %v", path, into[:n], err)
	}
	if string(into) != path {
		t.Errorf("the answer to %s is %q", path, into)
	}
	if rand.IntN(4) == 0 {
		return true // without reading to the end
	}
	left := make(chan struct{})
	go func() {
		defer close(left)
		leave(errLeft)
	}()
	rest, err := io.ReadAll(res.Body)
	<-left
	if len(rest) > 0 || err != nil && !errors.Is(err, errLeft) && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%s ends with %q, %v", path, rest, err)
	}
	return err == nil
}
