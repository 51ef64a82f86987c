package tests

import (
	"bufio"
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth"
)

// rawSite is a gateway whose routes lead to a service of which it knows nothing, and pass everything as it is.
type rawSite struct {
	*program

	roots *x509.CertPool // of a gateway with TLS
}

// rawRoutes lead everywhere: whoever reads may do so, and who writes needs a scope.
const rawRoutes = `
    - {match: "GET,OPTIONS /{path...}", upstream: files, raw: true, public: true}
    - {match: "PUT,POST,DELETE /{path...}", upstream: files, raw: true, scopes: ["files:write"], max_body: 1GiB}
`

// rawConfig is a configuration with these routes, before a service at these URLs. The services of the schema are nowhere.
func rawConfig(routes string, urls ...string) string {
	return `
server:
  listen: 127.0.0.1:0
admin:
  listen: localhost:0
auth:
  issuers: [{keys: {secret: "the-secret-of-the-tests-is-no-secret-at-all"}}]
  anonymous: true
rest:
  routes:
` + strings.Trim(routes, "\n") + `
upstreams:
  user: {urls: ["http://127.0.0.1:1"]}
  order: {urls: ["http://127.0.0.1:1"]}
  product: {urls: ["http://127.0.0.1:1"]}
  payment: {urls: ["http://127.0.0.1:1"]}
  files:
    urls: ["` + strings.Join(urls, `", "`) + `"]
`
}

// before runs a gateway before a service until the test ends.
func before(t *testing.T, urls ...string) *rawSite {
	t.Helper()
	return startRaw(t, rawConfig(rawRoutes, urls...))
}

// startRaw runs a gateway with a configuration until the test ends.
func startRaw(t *testing.T, yaml string) *rawSite {
	t.Helper()
	inOneRun(t)
	return &rawSite{program: startBefore(t, nil, unlimited(yaml))}
}

// securely is a configuration with TLS, so that clients can speak HTTP/2.
func securely(t *testing.T, yaml string) *rawSite {
	t.Helper()
	section, roots := certificate(t)
	s := startRaw(t, with(yaml, "server", section))
	s.roots = roots
	return s
}

// clients are one for each version of HTTP.
func (s *rawSite) clients(t *testing.T) map[string]*http.Client {
	t.Helper()
	return map[string]*http.Client{"HTTP/1": clientOf(t, s.roots, 1), "HTTP/2": clientOf(t, s.roots, 2)}
}

// writer is the field of somebody who may write.
func (s *rawSite) writer(t *testing.T) string {
	t.Helper()
	signed, err := auth.Sign(s.config.Auth, "7", []string{"files:write"}, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + signed
}

// to is a request for a path, by somebody who may write.
func (s *rawSite) to(t *testing.T, method, path string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.public+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", s.writer(t))
	return req
}

// line waits for the log's line of a request for a path, the only one.
func (s *rawSite) line(t *testing.T, path string) map[string]any {
	t.Helper()
	var found map[string]any
	s.log.await(t, func(log string) bool {
		for _, each := range requests(t, log) {
			if each["path"] == path {
				found = each
			}
		}
		return found != nil
	})
	return found
}

// serveRaw runs a service until the test ends, and returns its URL.
func serveRaw(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// speakRaw runs a service that is written in bytes: speak gets each connection with a request on it, and its header.
func speakRaw(t *testing.T, speak func(conn *net.TCPConn, in *bufio.Reader, head string)) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(patience))
				in := bufio.NewReader(conn)
				if head := headOf(in); head != "" {
					speak(conn.(*net.TCPConn), in, head)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// headOf reads a message's header, or nothing where there is none.
func headOf(in *bufio.Reader) string {
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

// comes is the next value of a channel, for which a test waits as long as it must.
func comes[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case value := <-from:
		return value
	case <-ctx.Done():
		t.Fatalf("this did not happen: %s", what)
		panic("unreachable")
	}
}
