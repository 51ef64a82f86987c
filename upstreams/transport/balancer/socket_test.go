package balancer

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// server is an endpoint that listens, and counts what comes.
type server struct {
	*httptest.Server
	calls  atomic.Int64
	closed chan struct{} // has something for each connection that was closed
}

func listen(t *testing.T) *server {
	t.Helper()
	s := &server{closed: make(chan struct{}, 100)}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.calls.Add(1)
		_, _ = io.WriteString(w, r.Method+" "+r.Host+" "+r.RequestURI)
	}))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			s.closed <- struct{}{}
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *server) address(t *testing.T, path string) Address {
	t.Helper()
	base, err := url.Parse(s.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	return Address{Base: base}
}

func dialling(t *testing.T, change func(*Config), addresses ...Address) *Pool {
	t.Helper()
	config := DefaultConfig()
	if change != nil {
		change(&config)
	}
	connect := func(Address) Connection { return new(http.Transport) }
	p, err := New("user", config, addresses, connect, NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func read(t *testing.T, p *Pool) (string, error) {
	t.Helper()
	res, err := p.RoundTrip(request(trying(t.Context(), &attempt.Try{Call: &attempt.Call{Whole: 1000}}), t))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(res.Body)
	return string(text), err
}

func TestAKilledEndpointGetsNoMoreThanFiveAttempts(t *testing.T) {
	a, b := listen(t), listen(t)
	p := dialling(t, func(c *Config) { c.Balance.Policy = RoundRobin }, a.address(t, ""), b.address(t, ""))
	for range 10 {
		if _, err := read(t, p); err != nil {
			t.Fatal(err)
		}
	}
	a.CloseClientConnections()
	a.Close()
	failed := 0
	for range 200 {
		if _, err := read(t, p); err != nil {
			failed++
		}
	}
	if failed != 5 {
		t.Errorf("%d attempts failed, want 5", failed)
	}
	if got := p.Endpoints()[0].State; got != Ejected {
		t.Errorf("it is %s, want it ejected", got)
	}
	equal(t, "attempts at the other", b.calls.Load(), 5+195)
}

func TestPowerOfTwoLeavesAKilledEndpointAtOnce(t *testing.T) {
	a, b := listen(t), listen(t)
	p := dialling(t, nil, a.address(t, ""), b.address(t, ""))
	for range 10 {
		if _, err := read(t, p); err != nil {
			t.Fatal(err)
		}
	}
	a.CloseClientConnections()
	a.Close()
	failed := 0
	for range 200 {
		if _, err := read(t, p); err != nil {
			failed++
		}
	}
	if failed > 2 {
		t.Errorf("%d attempts failed, want one and the odd one more", failed)
	}
}

func TestWhatArrivesAtAnEndpoint(t *testing.T) {
	a := listen(t)
	p := dialling(t, nil, a.address(t, "/v1/"))
	got, err := read(t, p)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "it saw", got, "GET "+a.Listener.Addr().String()+" /v1/users?ids=1,2")
}

func TestConnectionsOfAnEndpointThatHasGoneAreClosed(t *testing.T) {
	a, b := listen(t), listen(t)
	p := dialling(t, nil, a.address(t, ""))
	res, err := p.RoundTrip(request(t.Context(), t))
	if err != nil {
		t.Fatal(err)
	}
	p.Replace([]Address{b.address(t, "")})
	if text, err := io.ReadAll(res.Body); len(text) == 0 || err != nil {
		t.Errorf("the call in flight ended with %q, %v", text, err)
	}
	res.Body.Close()
	<-a.closed // the test waits for it
	if _, err := read(t, p); err != nil || b.calls.Load() != 1 {
		t.Errorf("the next call ended with %v, and %d reached the new endpoint", err, b.calls.Load())
	}
}
