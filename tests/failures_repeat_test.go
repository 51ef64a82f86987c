package tests

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/upstreams/transport"
)

// leaves sends a request whose caller leaves when the user service works on it.
func (s *site) leaves(t *testing.T) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	req := s.request(t, operation{query: `{ user(id: 8) { id } }`}).WithContext(ctx)
	left := make(chan struct{})
	go func() {
		defer close(left)
		if res, err := s.load.client.Do(req); err == nil {
			res.Body.Close()
		}
	}()
	s.inFlight(t, 1)
	leave()
	<-left
	s.inFlight(t, 0)
}

// A service closes connections just as calls are sent on them. There is one endpoint, so that nobody else could answer; and the
// calls cost nothing of what retries may.
func TestAConnectionThatClosesUnderACallFailsNoRead(t *testing.T) {
	for name, sick := range map[string]manner{"as the call comes": {stale: true}, "after its answer": {hangUp: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			label(t)
			s := newSite(t, 1)
			s.warm(t)
			l := s.lanes[0]
			l.turn(sick)
			before := l.came()
			got := s.load.sends(500)
			replayed := s.sum(t, `concierge_upstream_replays_total{service="user"}`)
			retried := s.sum(t, `concierge_upstream_retries_total{`)
			t.Logf("%v; %v replays, %v retries, %d requests came", got, replayed, retried, l.came()-before)
			if got.failed > 0 {
				t.Errorf("%v, want none", got)
			}
			if came := l.came() - before; came != got.requests {
				t.Errorf("%d requests reached the service, want %d", came, got.requests)
			}
			if sick.stale && replayed == 0 {
				t.Error("no call was repeated: nothing is shown")
			}
			if opened := s.sum(t, `concierge_upstream_breaker_transitions_total{`); opened > 0 || s.ejections(t) > 0 {
				t.Errorf("breakers changed %v times, and there were %v ejections", opened, s.ejections(t))
			}
			s.calms(t)
		})
	}
}

// A service on which every call falls over must not get it once for each connection that is kept.
func TestACallOnWhichAServiceFallsOverIsSentAFewTimes(t *testing.T) {
	t.Parallel()
	label(t)
	s := newSite(t, 1, "timeouts: {connect: 2s, header: 2s, total: 6s, idle: 10s}", "breaker: {enabled: false}",
		"endpoint_breaker: {enabled: false}")
	s.services.SetFault(demo.User, demo.Fault{Delay: 20 * time.Millisecond})
	s.load.senders = 20
	s.load.sends(100) // so that many connections are kept
	s.services.SetFault(demo.User, demo.Fault{CloseConnection: true})
	before := s.lanes[0].came()
	got := s.load.begin(1).end()
	const most = 2 * 3 // each attempt may be repeated once
	if came := s.lanes[0].came() - before; got.failed != 1 || came > most {
		t.Errorf("%v; the service got it %d times, want %d at most", got, came, most)
	}
}

// The gateway lets go of a connection before the service does.
func TestAConnectionThatIsNotUsedIsClosedByTheGateway(t *testing.T) {
	t.Parallel()
	label(t)
	s := newSite(t, 1, "timeouts: {connect: 2s, header: 2s, total: 6s, idle: 100ms}")
	s.warm(t)
	waitFor(t, func() string { return "the connections stay" }, func() bool {
		s.lanes[0].mu.Lock()
		defer s.lanes[0].mu.Unlock()
		return len(s.lanes[0].open) == 0
	})
}

// profile is a write to the user service with a body.
const profile = `mutation { updateProfile(input: {name: "Ada"}) { user { name } userErrors { code } } }`

// bodies keeps what a service was sent with a method.
type bodies struct {
	mu  sync.Mutex
	all []string
}

func (b *bodies) wrap(method string, first http.HandlerFunc) func(string, http.Handler) http.Handler {
	return func(service string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if service != demo.User || r.Method != method {
				next.ServeHTTP(w, r)
				return
			}
			text, _ := io.ReadAll(r.Body)
			b.mu.Lock()
			b.all = append(b.all, string(text))
			n := len(b.all)
			b.mu.Unlock()
			if n == 1 {
				first(w, r)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(text))
			next.ServeHTTP(w, r)
		})
	}
}

func (b *bodies) seen() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.all...)
}

// The first attempt of a write fails in the worst place: nobody knows whether it was done.
func TestAWriteIsRepeatedWithItsWholeBodyOrNotAtAll(t *testing.T) {
	for name, c := range map[string]struct {
		settings, key string
		times         int
	}{
		"no key":                       {"retry: {idempotency_keys: true}", "", 1},
		"a key the service ignores":    {"retry: {idempotency_keys: false}", "a-key", 1},
		"a key that the service knows": {"retry: {idempotency_keys: true}", "a-key", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			label(t)
			sent := new(bodies)
			services, err := demo.Start(demo.Options{Wrap: sent.wrap(http.MethodPatch, func(http.ResponseWriter, *http.Request) {
				panic(http.ErrAbortHandler)
			})})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = services.Close() })
			p := startBefore(t, services, withUser(services.URLs(demo.User), c.settings))
			p.run(t, operation{query: `{ me { id } }`}) // there is a connection, which may be taken for a stale one
			r := p.keyed(t, c.key, operation{query: profile})
			got := sent.seen()
			if len(got) != c.times {
				t.Fatalf("the service got it %d times, want %d", len(got), c.times)
			}
			for _, each := range got {
				if each != got[0] || !json.Valid([]byte(each)) {
					t.Errorf("the service got %q, then %q", got[0], each)
				}
			}
			if failed := strings.Contains(string(r.body), "errors"); failed != (c.times == 1) {
				t.Errorf("the answer is %s", r.body)
			}
		})
	}
}

// One timeout for all would break a report that takes long, or let every read wait as long. The write begins before a read does, and is
// answered after the time of the read was over.
func TestSomeCallsMayTakeLongerThanOthers(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	label(t)
	begun, release := make(chan struct{}, 1), make(chan struct{})
	services, err := demo.Start(demo.Options{Wrap: func(_ string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPatch {
				begun <- struct{}{}
				<-release
			}
			next.ServeHTTP(w, r)
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = services.Close() })
	p := startBefore(t, services, withUser(services.URLs(demo.User), "timeouts: {connect: 2s, header: 2s, total: 2s}",
		`routes: [{match: "PATCH /users/{id}", total: 10m}]`))
	write, written := p.load(t, operation{query: profile}), make(chan tally, 1)
	go func() { written <- write.sends(1) }()
	comes(t, begun, "the service gets the write")
	services.SetFault(demo.User, demo.Fault{Method: http.MethodGet, Hang: true})
	if got := p.load(t, operation{query: `{ user(id: 8) { id name } }`}).sends(1); got.codes["UPSTREAM_TIMEOUT"] != 1 {
		t.Errorf("%v, want the time of other calls to be over", got)
	}
	close(release)
	if got := comes(t, written, "the write is answered"); got.failed > 0 {
		t.Errorf("%v, want none where a call may take long", got)
	}
}

// way is the stack before an endpoint, as those use it that hand answers on as they come.
func way(t *testing.T, change func(*transport.Config), endpoints ...http.Handler) *transport.Transport {
	t.Helper()
	config := transport.DefaultConfig()
	for _, each := range endpoints {
		server := httptest.NewServer(each)
		t.Cleanup(server.Close)
		config.URLs = append(config.URLs, server.URL)
	}
	if change != nil {
		change(&config)
	}
	config.Validate(func(path, message string) { t.Errorf("%s %s", path, message) })
	w, err := transport.New("user", config, nil, transport.NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// Events are handed on as they come, for longer than an attempt or a header may take, and are not asked for again when they break
// off.
func TestAStreamOfEventsIsHandedOnAndNeverRepeated(t *testing.T) {
	var opened atomic.Int64
	next := make(chan struct{})
	events := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		opened.Add(1)
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 4 {
			if i == 3 {
				panic(http.ErrAbortHandler)
			}
			fmt.Fprintf(w, "data: %d\n\n", i)
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	})
	w := way(t, func(c *transport.Config) {
		c.Timeouts.Header, c.Timeouts.Try = 200*time.Millisecond, 200*time.Millisecond
	}, events, events)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://user/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := w.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	for i := range 3 {
		got, err := lines.ReadString('\n')
		if want := fmt.Sprintf("data: %d\n", i); err != nil || got != want {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
		_, _ = lines.ReadString('\n')
		if i == 1 { // for longer than a try may take to begin
			<-time.After(300 * time.Millisecond)
		}
		next <- struct{}{}
	}
	if _, err := lines.ReadString('\n'); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("the stream ends with %v, want that it broke off", err)
	}
	if opened.Load() != 1 {
		t.Errorf("it was opened %d times, want once", opened.Load())
	}
}

// A connection that changes its protocol, as for WebSocket, passes both ways and is no call to be repeated.
func TestAConnectionThatChangesItsProtocolPassesBothWays(t *testing.T) {
	var opened atomic.Int64
	echo := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		opened.Add(1)
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		for {
			line, err := rw.ReadString('\n')
			if err != nil {
				return
			}
			fmt.Fprint(conn, "heard "+line)
		}
	})
	w := way(t, func(c *transport.Config) {
		c.Timeouts.Header, c.Timeouts.Try = 100*time.Millisecond, 100*time.Millisecond
	}, echo)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://user/socket", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "echo")
	res, err := w.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	both, ok := res.Body.(io.ReadWriter)
	if res.StatusCode != http.StatusSwitchingProtocols || !ok {
		t.Fatalf("got %d and a body that can be written to: %t", res.StatusCode, ok)
	}
	heard := bufio.NewReader(both)
	for i := range 3 {
		fmt.Fprintf(both, "word %d\n", i)
		if got, err := heard.ReadString('\n'); got != fmt.Sprintf("heard word %d\n", i) {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if opened.Load() != 1 {
		t.Errorf("it was opened %d times, want once", opened.Load())
	}
}
