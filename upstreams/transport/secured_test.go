package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
)

// secure is an endpoint with TLS that offers HTTP/2, and asks for certificates. It tells how it was asked.
func secure(t *testing.T) *endpoint {
	t.Helper()
	e := new(endpoint)
	e.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.attempts.Add(1)
		shown := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			shown = "somebody"
		}
		_, _ = io.WriteString(w, r.Proto+" "+shown)
	}))
	e.EnableHTTP2 = true
	e.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	e.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	e.StartTLS()
	t.Cleanup(e.Close)
	return e
}

// believe has the gateway believe an endpoint, and show the endpoint's own certificate: it is good for both.
func believe(t *testing.T, e *endpoint, config *Config) {
	t.Helper()
	folder := t.TempDir()
	config.TLS.CA = filepath.Join(folder, "ca.pem")
	config.TLS.Cert, config.TLS.Key = config.TLS.CA, filepath.Join(folder, "key.pem")
	key, err := x509.MarshalPKCS8PrivateKey(e.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		config.TLS.CA:  {Type: "CERTIFICATE", Bytes: e.Certificate().Raw},
		config.TLS.Key: {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestServicesAreSpokenWithAsConfigured(t *testing.T) {
	for name, c := range map[string]struct {
		protocol Protocol
		tls      bool
		want     string
	}{
		"TLS and whatever is offered": {Auto, true, "HTTP/2.0 somebody"},
		"TLS and HTTP/1.1":            {HTTP1, true, "HTTP/1.1 somebody"},
		"no TLS":                      {Auto, false, "HTTP/1.1"},
		"no TLS and HTTP/2":           {H2C, false, "HTTP/2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			var e *endpoint
			if c.tls {
				e = secure(t)
			} else {
				e = serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })
			}
			if c.protocol == H2C {
				e = unencrypted(t)
			}
			way := open(t, func(config *Config) {
				config.Protocol = c.protocol
				if c.tls {
					believe(t, e, config)
				}
			}, e)
			for kind, each := range map[string]http.RoundTripper{"whole": way.Whole(1 << 20), "streaming": way} {
				if status, text, err := ask(t, each); status != 200 || text != c.want || err != nil {
					t.Errorf("%s: %d %q, %v, want %q", kind, status, text, err, c.want)
				}
			}
		})
	}
}

// unencrypted is an endpoint that speaks HTTP/2 without TLS.
func unencrypted(t *testing.T) *endpoint {
	t.Helper()
	e := new(endpoint)
	e.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.attempts.Add(1)
		_, _ = io.WriteString(w, r.Proto)
	}))
	e.Config.Protocols = new(http.Protocols)
	e.Config.Protocols.SetUnencryptedHTTP2(true)
	e.Start()
	t.Cleanup(e.Close)
	return e
}

// A service that nobody vouches for is not reached, and nothing is sent to it.
func TestAServiceThatIsNotBelievedGetsNothing(t *testing.T) {
	e := secure(t)
	way := open(t, nil, e)
	if _, _, err := ask(t, way.Whole(1<<20)); err == nil || e.attempts.Load() != 0 {
		t.Errorf("it got %d requests, and the call ended with %v", e.attempts.Load(), err)
	}
}

// Health checks go the way of calls: they believe the same, and show the same.
func TestHealthChecksAreSecuredAsCallsAre(t *testing.T) {
	for name, trusted := range map[string]bool{"believed": true, "not believed": false} {
		t.Run(name, func(t *testing.T) {
			e := secure(t)
			way := open(t, func(config *Config) {
				config.Health.Path, config.Health.Interval, config.Health.Timeout = "/healthz", time.Second, time.Second
				config.Health.Jitter = 100 // the first comes soon
				config.Health.Unhealthy = 1
				if trusted {
					believe(t, e, config)
				}
			}, e)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				way.Run(ctx)
			}()
			state := func() balancer.State { return way.Status().Endpoints[0].State }
			for trusted && e.attempts.Load() < 1 || !trusted && state() != balancer.Unhealthy {
				runtime.Gosched()
			}
			if got := state(); trusted != (got == balancer.Healthy) {
				t.Errorf("it is %s", got)
			}
			cancel()
			<-done
		})
	}
}

func TestProtocolsThatEndpointsCannotHaveAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"h2c with https":             {func(c *Config) { c.Protocol, c.URLs = H2C, []string{"https://x"} }, "protocol"},
		"h2c with an https fallback": {func(c *Config) { c.Protocol, c.Fallback.URLs = H2C, []string{"https://x"} }, "protocol"},
		"something else":             {func(c *Config) { c.Protocol = "h3" }, "protocol"},
		"TLS without https":          {func(c *Config) { c.TLS.CA = "x" }, "tls"},
		"TLS for the fallback":       {func(c *Config) { c.TLS.CA, c.Fallback.URLs = "x", []string{"https://x"} }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			config := DefaultConfig()
			config.URLs = []string{"http://users.internal"}
			c.change(&config)
			got := ""
			config.Validate(func(path, _ string) { got += path })
			if got != c.want {
				t.Errorf("%q was reported, want %q", got, c.want)
			}
		})
	}
}
