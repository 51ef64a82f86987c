package balancer

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// service is a fake one behind a pool: it remembers what came to each endpoint, and answers as it is told.
type service struct {
	testing.TB
	*Pool
	registry *prometheus.Registry
	lines    strings.Builder // of the log

	mu      sync.Mutex
	answers map[string]answer // by endpoint; well where there is none
	got     map[string]int    // calls
	probes  map[string]int    // health checks
	closed  map[string]int    // how often idle connections were closed
}

type answer func(req *http.Request) (*http.Response, error)

// status answers with a status and an empty body.
func status(code int, header ...string) answer {
	return func(*http.Request) (*http.Response, error) {
		res := &http.Response{StatusCode: code, Header: make(http.Header), Body: http.NoBody}
		for i := 0; i < len(header); i += 2 {
			res.Header.Set(header[i], header[i+1])
		}
		return res, nil
	}
}

// streaming answers with a body.
func streaming(body io.ReadCloser) answer {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, ContentLength: -1, Body: body}, nil
	}
}

func refused(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
}

// start opens a pool over endpoints by their names, with round robin so that tests know whose turn it is.
func start(t testing.TB, change func(*Config), names ...string) *service {
	t.Helper()
	config := DefaultConfig()
	config.Balance.Policy = RoundRobin
	if change != nil {
		change(&config)
	}
	validate(config, func(path, message string) { t.Errorf("%s %s", path, message) })
	s := &service{
		TB: t, registry: prometheus.NewRegistry(),
		answers: make(map[string]answer), got: make(map[string]int), probes: make(map[string]int), closed: make(map[string]int),
	}
	log := slog.New(slog.NewTextHandler(&s.lines, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == "service" {
			return slog.Attr{}
		}
		return a
	}}))
	connect := func(to Address) Connection { return &connection{s, to.Name()} }
	var err error
	s.Pool, err = New("user", config, addresses(names...), connect, NewMetrics(s.registry), log, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func addresses(names ...string) []Address {
	all := make([]Address, len(names))
	for i, name := range names {
		all[i] = Address{Base: &url.URL{Scheme: "http", Host: name}}
	}
	return all
}

type connection struct {
	*service
	name string
}

func (c *connection) RoundTrip(req *http.Request) (*http.Response, error) {
	c.mu.Lock()
	if req.Header.Get("User-Agent") == "concierge-health" {
		c.probes[c.name]++
	} else {
		c.got[c.name]++
	}
	answer := c.answers[c.name]
	c.mu.Unlock()
	if answer == nil {
		answer = status(http.StatusOK)
	}
	return answer(req)
}

func (c *connection) CloseIdleConnections() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed[c.name]++
}

// answer says how an endpoint answers from now on.
func (s *service) answer(name string, with answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[name] = with
}

// ask makes an attempt of a call and drops what it brings.
func (s *service) ask(call *attempt.Call) error {
	s.Helper()
	res, err := s.RoundTrip(request(trying(s.Context(), &attempt.Try{Call: call}), s))
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, res.Body)
	return res.Body.Close()
}

// asks makes so many calls of one attempt, and returns how many each endpoint got.
func (s *service) asks(n int) map[string]int {
	s.Helper()
	s.mu.Lock()
	clear(s.got)
	s.mu.Unlock()
	for range n {
		_ = s.ask(new(attempt.Call))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.got)
}

func request(ctx context.Context, t testing.TB) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://user/users?ids=1,2", nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// trying is a context that belongs to an attempt.
func trying(ctx context.Context, try *attempt.Try) context.Context {
	return context.WithValue(ctx, attempt.Key{}, try)
}

// are checks the endpoints' states, in the order of their addresses.
func (s *service) are(want ...State) {
	s.Helper()
	var got []State
	for _, e := range s.Endpoints() {
		got = append(got, e.State)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("the endpoints are not in the wanted states: %s", diff)
	}
}

// logged checks what the log says since the last time.
func (s *service) logged(want ...string) {
	s.Helper()
	s.Pool.mu.Lock()
	defer s.Pool.mu.Unlock()
	got := strings.Split(strings.TrimSuffix(s.lines.String(), "\n"), "\n")
	s.lines.Reset()
	if len(want) == 0 {
		want = []string{""}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("the log differs: %s", diff)
	}
}

// equal compares what came with what should have.
func equal[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}
