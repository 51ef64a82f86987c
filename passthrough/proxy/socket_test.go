package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// patience is how long a test waits for what must come, before it says that it did not.
const patience = time.Minute

// gateway is a handler as it is meant to be written.
type gateway struct {
	service string // host:port
	opts    Options
	rewrite func(dst io.Writer, src io.Reader) error
	late    http.Header // what is known when the body is
	next    http.RoundTripper
	leaving <-chan struct{} // closed when the gateway is about to leave
	ended   chan error      // what Send or Relay said, for each request
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := g.serve(w, r.WithContext(context.WithValue(r.Context(), LeavingKey{}, g.leaving)))
	g.ended <- err
	var broken *Error
	switch {
	case err == nil:
	case errors.As(err, &broken) && broken.Sent:
		panic(http.ErrAbortHandler)
	default:
		problem.Write(w, err)
	}
}

func (g *gateway) serve(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("X-Request-ID", "gateway")
	w.Header().Set("Vary", "Origin")
	out, err := Outgoing(r, g.opts)
	if err != nil {
		return err
	}
	out.URL.Scheme, out.URL.Host = "http", g.service
	res, err := Send(w, out, g.next)
	if err != nil {
		return err
	}
	if g.late == nil {
		return Relay(w, r, res, g.rewrite)
	}
	return Relay(w, r, res, func(dst io.Writer, src io.Reader) error {
		err := g.rewrite(dst, src)
		maps.Copy(res.Header, g.late)
		return err
	}, LimitedHeader)
}

// open puts a gateway before a service. Protocol 2 is HTTP/2.
func open(t testing.TB, g *gateway, protocol int) *httptest.Server {
	t.Helper()
	transport := &http.Transport{DisableCompression: true, ExpectContinueTimeout: patience}
	t.Cleanup(transport.CloseIdleConnections)
	g.next, g.ended = early{transport}, make(chan error, 100)
	server := httptest.NewUnstartedServer(g)
	server.EnableHTTP2 = protocol == 2
	if protocol == 2 {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server
}

// early is a transport that hands on answers before the answer, as that of the services does.
type early struct{ http.RoundTripper }

func (e early) RoundTrip(r *http.Request) (*http.Response, error) {
	sees, ok := r.Context().Value(attempt.EarlyKey{}).(attempt.Early)
	if !ok {
		return e.RoundTripper.RoundTrip(r)
	}
	trace := &httptrace.ClientTrace{Got1xxResponse: sees.Informational}
	return e.RoundTripper.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
}

// serving is a service that is written as a handler.
func serving(t testing.TB, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// speaking is a service that is written in bytes: it gets each connection, and the header of its first request.
func speaking(t testing.TB, speak func(conn net.Conn, in *bufio.Reader, head string)) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(patience))
				in := bufio.NewReader(conn)
				if head := readHead(in); head != "" {
					speak(conn, in, head)
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// saying is a service that answers the same to everything, and closes.
func saying(t testing.TB, answer string) string {
	t.Helper()
	return speaking(t, func(conn net.Conn, _ *bufio.Reader, _ string) { io.WriteString(conn, answer) })
}

// readHead reads a message up to the empty line.
func readHead(in *bufio.Reader) string {
	var head strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return ""
		}
		head.WriteString(line)
		if line == "\r\n" {
			return head.String()
		}
	}
}

// client is one that speaks in bytes.
type client struct {
	net.Conn
	t  testing.TB
	in *bufio.Reader
}

func dial(t testing.TB, server *httptest.Server) *client {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return &client{Conn: conn, t: t, in: bufio.NewReader(conn)}
}

func (c *client) say(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

// head reads the header of an answer, sorted by nothing: as it came.
func (c *client) head() string {
	c.t.Helper()
	head := readHead(c.in)
	if head == "" {
		c.t.Fatal("there is no answer")
	}
	return head
}

// hear reads exactly this.
func (c *client) hear(want string) {
	c.t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c.in, got); err != nil || string(got) != want {
		c.t.Fatalf("heard %q, %v, want %q", got, err, want)
	}
}

// rest reads until the connection is closed.
func (c *client) rest() string {
	c.t.Helper()
	rest, err := io.ReadAll(c.in)
	if err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
		c.t.Fatalf("the connection stays open: %v", err)
	}
	return string(rest)
}

func has(t testing.TB, head string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(head, "\r\n"+line+"\r\n") {
			t.Errorf("%q is not in %q", line, head)
		}
	}
}

func hasNot(t testing.TB, head string, words ...string) {
	t.Helper()
	for _, word := range words {
		if strings.Contains(strings.ToLower(head), strings.ToLower(word)) {
			t.Errorf("%q is in %q", word, head)
		}
	}
}

// outcome is what became of the next request.
func (g *gateway) outcome(t testing.TB) error {
	t.Helper()
	return receive(t, g.ended)
}

func receive[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case value := <-from:
		return value
	case <-ctx.Done():
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// fetch makes a request of a URL with the server's client.
func fetch(t testing.TB, server *httptest.Server, r *http.Request) (*http.Response, string) {
	t.Helper()
	transport := server.Client().Transport.(*http.Transport)
	transport.DisableCompression = true
	res, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func get(t testing.TB, server *httptest.Server, method string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/users/7", nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// protocols are those of a client.
func protocols() map[string]int { return map[string]int{"HTTP/1.1": 1, "HTTP/2": 2} }
