package middleware_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/footprint"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
)

// usual are lines for all requests, and what is said by keys that tests know.
func usual() middleware.Lines {
	return middleware.Lines{
		Access: true, Sample: 1, Slow: time.Minute, Pseudonyms: middleware.NewPseudonyms("a key of a test that has 32 bytes"),
		Names: []string{"X-Client-Name"}, Versions: []string{"X-Client-Version"},
	}
}

// logged serves one request, by nobody where there is no handler, and returns its line, without what differs from run to run.
func logged(t *testing.T, handler http.HandlerFunc, r *http.Request) map[string]any {
	t.Helper()
	var log bytes.Buffer
	metrics := middleware.NewMetrics(prometheus.NewRegistry(), nil)
	answer := http.NotFoundHandler()
	if handler != nil {
		answer = middleware.EnterDoor(middleware.DoorREST, metrics)(handler)
	}
	middleware.RequestID(middleware.Observe(middleware.AccessLog(slog.New(slog.NewJSONHandler(&log, nil)), usual()))(answer)).
		ServeHTTP(httptest.NewRecorder(), r)

	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%v in %q", err, &log)
	}
	delete(line, "services_ms")
	for _, key := range []string{"time", "duration_ms"} {
		if _, ok := line[key]; !ok {
			t.Errorf("no %s in %s", key, &log)
		}
		delete(line, key)
	}
	return line
}

func TestAccessLogWritesALineForARequest(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/users/7?token=secret", strings.NewReader("secrets"))
	r.RemoteAddr = "[2001:db8::1]:4711"
	r.Header.Set("X-Request-ID", "request-1")
	r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	r.Header.Set("User-Agent", "test/1")
	r.Header.Set("Authorization", "Bearer secret")
	r.Header.Set("X-Client-Name", "shop")
	r.Header.Set("X-Client-Version", "1.2")
	r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13}
	got := logged(t, func(w http.ResponseWriter, r *http.Request) {
		record := middleware.RecordFrom(r.Context())
		record.SetRoute("/users/{id}")
		record.SetOperation("Checkout")
		record.SetKind("query", "0123abcd", "{ secret }")
		record.SetCaller("user-secret", "token")
		record.SetCost(90, 12)
		limited := problem.New(problem.RateLimited, "")
		limited.Policies = []string{"per-minute"}
		record.Refused(limited)
		made := footprint.From(r.Context())
		made.Begin(time.Now())
		made.End("user", time.Millisecond, false, false)
		made.Begin(time.Now())
		made.End("order", time.Millisecond, false, false)
		made.Retried("order")
		made.Cached("hit", true)
		_, _ = io.Copy(io.Discard, r.Body)
		record.AddError(problem.UpstreamTimeout)
		record.AddError(problem.Internal)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "hello")
	}, r)
	want := map[string]any{
		"level": "INFO", "msg": "request",
		"method": "POST", "path": "/users/7", "route": "/users/{id}", "status": 201., "bytes": 5., "bytes_read": 7.,
		"protocol": "HTTP/1.1", "tls": "TLS 1.3", "client_name": "shop", "client_version": "1.2", "auth": "token",
		"principal": "a92b5ef5cb97f0a8", "kind": "query", "document": "0123abcd", "cost_estimated": 90., "cost": 12.,
		"calls": 2., "retries": 1., "calls_spared": 1., "cache": "hit", "limit": "per-minute",
		"request_id": "request-1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
		"door": "rest", "client": "2001:db8::1", "user_agent": "test/1",
		"operation": "Checkout", "code": "UPSTREAM_TIMEOUT", "errors": 2.,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAccessLogSaysNothingOfWhatIsNotKnown(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/nowhere", nil)
	r.RemoteAddr = "@"
	r.Header.Set("X-Request-ID", "request-1")
	got := logged(t, nil, r)
	delete(got, "trace_id")
	want := map[string]any{
		"level": "INFO", "msg": "request",
		"method": "GET", "path": "/nowhere", "status": 404., "bytes": 19.,
		"request_id": "request-1", "door": "none", "client": "@", "user_agent": "", "protocol": "HTTP/1.1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAccessLogBoundsWhatCallersWrite(t *testing.T) {
	r := httptest.NewRequest("OPTIONSANDMUCHMORE", "/users/"+strings.Repeat("é", 1000), nil)
	r.Header.Set("User-Agent", strings.Repeat("é", 1000))
	r.Proto = strings.Repeat("é", 100)
	got := logged(t, func(_ http.ResponseWriter, r *http.Request) {}, r)
	for key, limit := range map[string]int{"method": 16, "path": 512, "user_agent": 200, "protocol": 16} {
		text := got[key].(string)
		if len(text) > limit || len(text) < limit-1 || strings.ContainsRune(text, '\ufffd') {
			t.Errorf("%s has %d bytes, want up to %d of whole characters: %q", key, len(text), limit, text)
		}
	}
}

func TestAccessLogIsOneLineWhateverCallersWrite(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/users/%0a%7B%7D", nil)
	r.Header.Set("User-Agent", "a\" b\\")
	got := logged(t, func(http.ResponseWriter, *http.Request) {}, r)
	if got["path"] != "/users/\n{}" || got["user_agent"] != "a\" b\\" {
		t.Errorf("got %v", got)
	}
}

func TestAccessLogIsSilentBelowItsLevel(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	middleware.Observe(middleware.AccessLog(logger, usual()))(http.NotFoundHandler()).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	if log.Len() > 0 {
		t.Errorf("got %s", &log)
	}
}

// sink takes lines that are formatted all the same; the logger that discards would skip that.
type sink struct{}

func (sink) Write(b []byte) (int, error) { return len(b), nil }

// The cost of what every request pays here, beside the handler.
func BenchmarkObserve(b *testing.B) {
	metrics := middleware.NewMetrics(prometheus.NewRegistry(), []string{"Checkout"})
	logger := slog.New(slog.NewJSONHandler(sink{}, nil))
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		middleware.RecordFrom(r.Context()).SetOperation("Checkout")
		w.WriteHeader(http.StatusOK)
	})
	entered := middleware.EnterDoor(middleware.DoorGraphQL, metrics)(handler)
	chain := middleware.RequestID(middleware.Observe(middleware.AccessLog(logger, usual()), metrics.Count)(
		middleware.Recover(logger, metrics)(middleware.Secure("")(entered))))
	r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	b.ReportAllocs()
	for b.Loop() {
		chain.ServeHTTP(httptest.NewRecorder(), r)
	}
}
