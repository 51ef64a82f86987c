package direct_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/framing"
	"github.com/concierge-gateway/concierge/listening"
	"github.com/concierge-gateway/concierge/listening/direct"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/units"
)

// patience is how long a test waits for what must come. Nobody waits so long unless something is broken.
const patience = 20 * time.Second

// server is http.Server, or what is tested.
type server interface {
	Serve(listener net.Listener) error
	Shutdown(ctx context.Context) error
	Close() error
}

// door is a server behind a guard.
type door struct {
	server
	inner   *http.Server
	address string
	metrics *prometheus.Registry
	log     *journal
	ended   chan error
}

// journal is a log that can be read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func generous() listening.Bounds {
	return listening.Bounds{Header: time.Minute, Body: time.Minute, Write: time.Minute, Idle: time.Minute, MaxHeader: 32 * units.KiB}
}

// open answers on a socket until the test ends, by the loop or by net/http alone.
func open(t testing.TB, fast bool, bounds listening.Bounds, handler http.Handler) *door {
	t.Helper()
	return openOn(t, listen(t), fast, bounds, handler)
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func openOn(t testing.TB, inner net.Listener, fast bool, bounds listening.Bounds, handler http.Handler) *door {
	t.Helper()
	d := &door{metrics: prometheus.NewRegistry(), log: new(journal), ended: make(chan error, 1)}
	d.inner = listening.Server(answering(handler), bounds, slog.New(slog.DiscardHandler))
	d.inner.HTTP2 = nil
	d.inner.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(d.log, nil), slog.LevelError)
	guard := framing.New(framing.Settings{MaxHeader: bounds.MaxHeader, HeaderTimeout: bounds.Header}, d.metrics, slog.New(slog.DiscardHandler))
	guard.Attach(d.inner)
	d.server = d.inner
	if fast {
		d.server = direct.New(d.inner, direct.NewMetrics(d.metrics))
	}
	d.address = inner.Addr().String()
	go func() { d.ended <- d.Serve(guard.Listen(inner)) }()
	t.Cleanup(func() {
		_ = d.Close()
		if err := <-d.ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return d
}

// answering answers what was refused, as the gateway does.
func answering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err, ok := framing.Refused(r.Context()); ok {
			problem.Write(w, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (d *door) dial(t testing.TB) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", d.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// handed is how many connections were left to net/http for a reason.
func (d *door) handed(t testing.TB, reason string) float64 {
	t.Helper()
	families, err := d.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != "concierge_connections_handed_over_total" {
			continue
		}
		for _, each := range family.GetMetric() {
			if each.GetLabel()[0].GetValue() == reason {
				return each.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("there is no reason %s", reason)
	return 0
}

func ask(t testing.TB, conn io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

const (
	get  = "GET /get HTTP/1.1\r\nHost: test\r\n\r\n"
	last = "GET /last HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
)

// heard is what comes on a connection as the answer to a request, and what becomes of the connection.
type heard struct {
	Text   string // all bytes, but for the date
	Broken bool   // it ended before its end
	Kept   bool   // another request was answered
}

var dates = regexp.MustCompile(`Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n`)

// hear asks, reads the answer, and asks once more.
func (d *door) hear(t testing.TB, request string) (h heard) {
	t.Helper()
	conn := d.dial(t)
	ask(t, conn, request)
	var all bytes.Buffer
	reader := bufio.NewReader(io.TeeReader(conn, &all))
	method, _, _ := strings.Cut(strings.TrimLeft(request, "\r\n"), " ")
	h.Broken = !answered(reader, method)
	h.Text = dates.ReplaceAllString(all.String(), "Date: now\r\n")
	if h.Broken {
		return h
	}
	if _, err := io.WriteString(conn, last); err == nil {
		h.Kept = answered(reader, http.MethodGet)
	}
	_ = conn.Close()
	return h
}

// answered reads a whole answer, and those before it.
func answered(reader *bufio.Reader, method string) bool {
	for {
		res, err := http.ReadResponse(reader, &http.Request{Method: method})
		if err != nil {
			return false
		}
		if res.StatusCode < 200 && res.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		_, err = io.Copy(io.Discard, res.Body)
		return err == nil
	}
}
