package auth_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-chi/jwtauth/v5"
	"github.com/go-json-experiment/json"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/telemetry"
)

// site is a gateway of nothing but authentication, which answers with whom it sees.
type site struct {
	*auth.Authenticator

	handler  http.Handler
	url      string
	client   *http.Client // nil where requests go to the handler without a network, as on a fake clock
	registry *prometheus.Registry
	written  *written
}

// seen is what the handler knows of the caller.
type seen struct {
	ID         string   `json:"id"`
	Scopes     []string `json:"scopes,omitempty"`
	Method     string   `json:"method"`
	Credential string   `json:"credential"`
	Plan       string   `json:"plan"`
	Client     string   `json:"client"`
	Tenant     string   `json:"tenant"`
	Token      string   `json:"token"` // the subject that jwtauth carries
}

// open has trusted pages at appOrigin.
func open(t testing.TB, c auth.Config) *site {
	t.Helper()
	s := &site{url: "http://gateway.example", registry: prometheus.NewRegistry(), written: &written{}}
	log := slog.New(slog.NewJSONHandler(s.written, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if s.Authenticator, err = auth.New(c, []string{appOrigin}, s.registry, log); err != nil {
		t.Fatal(err)
	}
	trails := audit.New(s.registry, log)
	trails.Rules(auth.Rules())
	named := s.Middleware(http.HandlerFunc(show))
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := correlation.With(r.Context(), correlation.Correlation{RequestID: "r-1"})
		r, trail := trails.Begin(r.WithContext(ctx), "rest")
		defer trail.End(r.Context())
		named.ServeHTTP(w, r)
	})
	return s
}

func show(w http.ResponseWriter, r *http.Request) {
	caller := auth.FromContext(r.Context())
	saw := seen{
		ID: caller.ID, Scopes: caller.Scopes, Method: string(caller.Method), Credential: caller.Credential,
		Plan: caller.Plan, Client: caller.Client, Tenant: caller.Tenant,
	}
	if verified, _, err := jwtauth.FromContext(r.Context()); err == nil && verified != nil {
		saw.Token, _ = verified.Subject()
	}
	text, err := json.Marshal(saw)
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(text)
}

// listening is the same behind a real server.
func listening(t testing.TB, c auth.Config) *site {
	t.Helper()
	s := open(t, c)
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	s.url, s.client = server.URL, server.Client()
	return s
}

// run has files and keys read until the test ends.
func (s *site) run(t testing.TB) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

// answer is what came of a request.
type answer struct {
	status    int
	challenge string
	header    http.Header
	body      string
	seen      seen // where the status is 200
}

// request is one to send.
type request struct {
	method string // GET where it is left out
	header http.Header
}

func bearer(text string) request {
	return request{header: http.Header{"Authorization": {"Bearer " + text}}}
}

func withHeader(pairs ...string) request {
	header := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		header.Add(pairs[i], pairs[i+1])
	}
	return request{header: header}
}

func (s *site) ask(t testing.TB, q request) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), q.method, s.url+"/v1/me", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = q.header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	res := s.send(t, r)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := answer{status: res.StatusCode, challenge: res.Header.Get("WWW-Authenticate"), header: res.Header, body: string(body)}
	if got.status == http.StatusOK {
		if err := json.Unmarshal(body, &got.seen); err != nil {
			t.Fatal(err)
		}
	}
	return got
}

func (s *site) send(t testing.TB, r *http.Request) *http.Response {
	t.Helper()
	if s.client == nil {
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return w.Result()
	}
	res, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// counted is what concierge_auth_total says, without what is zero.
func (s *site) counted(t testing.TB) []string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(s.metrics()) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "concierge_auth_total"); ok && !strings.HasSuffix(text, " 0") {
			lines = append(lines, text)
		}
	}
	return lines
}

func (s *site) metrics() string {
	w := httptest.NewRecorder()
	telemetry.Handler(s.registry).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// written is a log that may be read at any time.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// denials are the lines of the audit.
func (w *written) denials(t testing.TB) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for text := range strings.Lines(w.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if line["msg"] == "denied" {
			lines = append(lines, line)
		}
	}
	return lines
}
