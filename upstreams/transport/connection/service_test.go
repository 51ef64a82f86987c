package connection

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// service is a raw one: it does with its connections as it is told.
type service struct {
	base *url.URL

	mu     sync.Mutex
	opened int
	open   sync.WaitGroup
}

// peer is the service's end of a connection.
type peer struct {
	net.Conn
	requests *bufio.Reader
	number   int // of the connection, from 1
}

// serve has each connection handled; it is closed afterwards.
func serve(tb testing.TB, handle func(*peer)) *service {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &service{base: &url.URL{Scheme: "http", Host: listener.Addr().String()}}
	tb.Cleanup(func() {
		listener.Close()
		s.open.Wait()
	})
	s.open.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.opened++
			n := s.opened
			s.mu.Unlock()
			s.open.Go(func() {
				defer c.Close()
				handle(&peer{Conn: c, requests: bufio.NewReader(c), number: n})
			})
		}
	})
	return s
}

func (s *service) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// next reads a request as it was written, false when there is none.
func (p *peer) next() (string, bool) {
	var text strings.Builder
	req, err := http.ReadRequest(bufio.NewReader(io.TeeReader(&oneByOne{p.requests}, &text)))
	if err != nil {
		return "", false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return text.String(), err == nil
}

// oneByOne has a reader read no more than is asked for.
type oneByOne struct{ io.Reader }

func (r *oneByOne) Read(into []byte) (int, error) { return r.Reader.Read(into[:min(1, len(into))]) }

func (p *peer) says(text string) {
	_, _ = io.WriteString(p, text)
}

// gone waits for the caller to close.
func (p *peer) gone() {
	_, _ = io.Copy(io.Discard, p.requests)
}

// answers has each request answered with the same, until the caller closes.
func answers(text string) func(*peer) {
	return func(p *peer) {
		for {
			if _, ok := p.next(); !ok {
				return
			}
			p.says(text)
		}
	}
}

const hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

// settings are those of an endpoint's connections in these tests.
func settings() *http.Transport {
	return &http.Transport{
		DisableCompression: true, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
	}
}

// to is the own way to a service.
func to(tb testing.TB, s *service) *Transport {
	tb.Helper()
	t := New(s.base, settings())
	tb.Cleanup(t.CloseIdleConnections)
	return t
}

func request(ctx context.Context, tb testing.TB, method string, base *url.URL, body string) *http.Request {
	tb.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, base.String()+"/users/7", reader)
	if err != nil {
		tb.Fatal(err)
	}
	return req
}

// get sends a GET and reads what comes back.
func get(tb testing.TB, way http.RoundTripper, base *url.URL) (string, error) {
	tb.Helper()
	return send(way, request(tb.Context(), tb, http.MethodGet, base, ""))
}

func send(way http.RoundTripper, req *http.Request) (string, error) {
	res, err := way.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return string(text), err
}

// traced returns a request that notes of each of its connections whether it was used before. Both ways tell it.
func traced(req *http.Request) (*http.Request, *[]bool) {
	w := new(watcher)
	ctx := context.WithValue(req.Context(), attempt.Key{}, &attempt.Try{Call: new(attempt.Call), Watcher: w})
	return attempt.Traced(req.WithContext(ctx)), &w.reused
}

// watcher notes the connections of an attempt.
type watcher struct{ reused []bool }

func (w *watcher) Connected(reused bool) { w.reused = append(w.reused, reused) }
func (*watcher) Wrote(error)             {}
func (*watcher) Begun()                  {}

// until waits for what happens elsewhere.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for range 5000 {
		if happened() {
			return
		}
		<-time.After(time.Millisecond)
	}
	t.Fatalf("it never came about: %s", what)
}
