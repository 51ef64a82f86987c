package introspection_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth/introspection"
)

const endpoint = "https://issuer.example/introspect"

// issuer is an issuer in memory. Its answers are made by answer, which gets the token.
type issuer struct {
	answer func(ctx context.Context, token string) (status int, body string, err error)

	mu    sync.Mutex
	asked []string
}

func (i *issuer) RoundTrip(req *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, err
	}
	token := form.Get("token")
	i.mu.Lock()
	i.asked = append(i.asked, token)
	i.mu.Unlock()
	status, body, err := i.answer(req.Context(), token)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}

func (i *issuer) times() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.asked)
}

// always answers each question with the same body.
func always(body string) *issuer {
	return &issuer{answer: func(context.Context, string) (int, string, error) { return http.StatusOK, body, nil }}
}

func settings() introspection.Config {
	c := introspection.DefaultConfig()
	c.URL = endpoint
	c.ClientID, c.ClientSecret = "gateway", "a secret of the gateway"
	return c
}

func newChecker(t testing.TB, c introspection.Config, transport http.RoundTripper) *introspection.Checker {
	t.Helper()
	checker, err := introspection.New(c, &http.Client{Transport: transport}, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return checker
}

// at is a checker that asks a real server.
func at(t *testing.T, handler http.HandlerFunc) *introspection.Checker {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c := settings()
	c.URL = server.URL + "/introspect"
	checker, err := introspection.New(c, nil, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return checker
}
