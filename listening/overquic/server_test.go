package overquic

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/concierge-gateway/concierge/units"
)

// site is a server, and what its clients need.
type site struct {
	*testing.T
	*Server
	registry *prometheus.Registry
	base     string
	ended    chan error
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func open(t *testing.T, change func(*Config, *Bounds), handler http.HandlerFunc) *site {
	t.Helper()
	config := DefaultConfig()
	config.Enabled = true
	bounds := Bounds{Header: time.Minute, Body: time.Minute, Write: time.Minute, Idle: time.Minute, MaxHeader: 16 * units.KiB}
	if change != nil {
		change(&config, &bounds)
	}
	socket, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	settings := &tls.Config{Certificates: []tls.Certificate{certificate(t)}, MinVersion: tls.VersionTLS13, ClientAuth: tls.RequestClientCert}
	s := &site{T: t, registry: prometheus.NewRegistry(), ended: make(chan error, 1)}
	s.Server, err = Open(socket, settings, handler, config, bounds, NewMetrics(s.registry), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.base = "https://" + socket.LocalAddr().String()
	go func() { s.ended <- s.Serve() }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *site) client() *http3.Transport {
	c := &http3.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	s.Cleanup(func() { _ = c.Close() })
	return c
}

// ask makes a request and reads its answer.
func (s *site) ask(way http.RoundTripper, method, path, body string, fields ...string) (*http.Response, string, error) {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	res, err := way.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res, string(text), err
}

func TestRequestsComeInOverQUIC(t *testing.T) {
	s := open(t, nil, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		w.Header().Set("Connection", "close")
		w.Header().Set("Keep-Alive", "timeout=5")
		_, _ = io.WriteString(w, r.Method+" "+r.URL.Path+" "+r.Proto+" "+string(text))
	})
	res, text, err := s.ask(s.client(), http.MethodPost, "/graphql", "query")
	if err != nil || text != "POST /graphql HTTP/3.0 query" {
		t.Fatalf("got %q, %v", text, err)
	}
	if res.Header.Get("Connection")+res.Header.Get("Keep-Alive") != "" {
		t.Errorf("the answer has fields of a connection: %v", res.Header)
	}
}

func TestAHeaderThatIsTooLargeReachesNobody(t *testing.T) {
	var reached atomic.Int64
	s := open(t, nil, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	long := strings.Repeat("x", 20<<10)
	res, _, err := s.ask(s.client(), http.MethodGet, "/", "", "X-Large", long)
	if err != nil || res.StatusCode != http.StatusRequestHeaderFieldsTooLarge || reached.Load() > 0 {
		t.Errorf("it was answered with %v, %v, and reached %d handlers", res, err, reached.Load())
	}
}

func TestAConnectionOverTheLimitIsRefused(t *testing.T) {
	s := open(t, func(c *Config, _ *Bounds) { c.MaxConnections = 1 }, func(http.ResponseWriter, *http.Request) {})
	if _, _, err := s.ask(s.client(), http.MethodGet, "/", ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.ask(s.client(), http.MethodGet, "/", ""); err == nil {
		t.Error("a second connection is taken")
	}
	if open, refused := testutil.ToFloat64(s.metrics.connections), testutil.ToFloat64(s.metrics.refused); open != 1 || refused < 1 {
		t.Errorf("%v are open, %v were refused", open, refused)
	}
}

// With every address to be shown, clients connect all the same: by Retry.
func TestClientsShowTheirAddressWhileManyAreConnected(t *testing.T) {
	s := open(t, func(c *Config, _ *Bounds) { c.MaxConnections = 2 }, func(_ http.ResponseWriter, _ *http.Request) {})
	if s.crowded(nil) {
		t.Error("nobody is connected, and it is crowded")
	}
	for range 2 {
		if _, _, err := s.ask(s.client(), http.MethodGet, "/", ""); err != nil {
			t.Fatal(err)
		}
	}
	if !s.crowded(nil) {
		t.Error("it is not crowded")
	}
}

func TestARequestThatWasBegunIsAnsweredBeforeTheEnd(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	s := open(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-goOn
		_, _ = io.WriteString(w, "all of it")
	})
	client, got := s.client(), make(chan string, 1)
	go func() {
		_, text, err := s.ask(client, http.MethodGet, "/", "")
		if err != nil {
			text = err.Error()
		}
		got <- text
	}()
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- s.Shutdown(context.Background()) }()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for { // until it has begun to leave
		if _, err := s.listener.Accept(over); errors.Is(err, quic.ErrServerClosed) {
			break
		}
		runtime.Gosched()
	}
	close(goOn)
	if text := <-got; text != "all of it" {
		t.Errorf("the request got %q", text)
	}
	if err := <-ended; err != nil {
		t.Errorf("the end: %v", err)
	}
}

func TestRequestsThatDoNotEndAreCutOff(t *testing.T) {
	begun := make(chan struct{})
	s := open(t, nil, func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	})
	client, failed := s.client(), make(chan error, 1)
	go func() {
		_, _, err := s.ask(client, http.MethodGet, "/", "")
		failed <- err
	}()
	<-begun
	ctx, cut := context.WithCancel(context.Background())
	cut()
	_ = s.Shutdown(ctx)
	if err := <-failed; err == nil {
		t.Error("it was answered")
	}
}

func TestEarlyDataIsNotTaken(t *testing.T) {
	if (&Server{config: DefaultConfig()}).settings().Allow0RTT {
		t.Error("it is")
	}
}

func TestAClientShowsItsCertificate(t *testing.T) {
	shown := make(chan int, 1)
	s := open(t, nil, func(_ http.ResponseWriter, r *http.Request) { shown <- len(r.TLS.PeerCertificates) })
	client := s.client()
	client.TLSClientConfig.Certificates = []tls.Certificate{certificate(t)}
	if _, _, err := s.ask(client, http.MethodGet, "/", ""); err != nil {
		t.Fatal(err)
	}
	if n := <-shown; n != 1 {
		t.Errorf("%d certificates were seen", n)
	}
}

func TestAClientThatSendsItsBodySlowlyIsEnded(t *testing.T) {
	read := make(chan error, 1)
	s := open(t, func(_ *Config, b *Bounds) { b.Body = 50 * time.Millisecond }, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		read <- err
	})
	body, slow := io.Pipe()
	defer slow.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base, body)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if res, err := s.client().RoundTrip(req); err == nil {
			res.Body.Close()
		}
	}()
	var timeout net.Error
	if err := <-read; !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("reading ended with %v", err)
	}
}

func TestHTTP3IsAnnounced(t *testing.T) {
	config := DefaultConfig()
	for name, c := range map[string]struct {
		port, version int
		want          string
	}{
		"by HTTP/2":               {0, 2, `h3=":8443"; ma=86400`},
		"by HTTP/1":               {0, 1, `h3=":8443"; ma=86400`},
		"where clients reach it":  {443, 2, `h3=":443"; ma=86400`},
		"not to who speaks it":    {0, 3, ""},
		"nor to who speaks later": {0, 4, ""},
	} {
		t.Run(name, func(t *testing.T) {
			config := config
			config.Port = c.port
			handler := Announce(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), &net.UDPAddr{Port: 8443}, config)
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.ProtoMajor = c.version
			handler.ServeHTTP(w, r)
			if got := w.Header().Get("Alt-Svc"); got != c.want {
				t.Errorf("Alt-Svc: %s, want %s", got, c.want)
			}
		})
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		plain  bool
		want   []string
	}{
		"the defaults":               {change: func(*Config) {}, plain: true},
		"no TLS":                     {change: func(c *Config) { c.Enabled = true }, plain: true, want: []string{"enabled"}},
		"TLS":                        {change: func(c *Config) { c.Enabled = true }},
		"an address":                 {change: func(c *Config) { c.Listen = ":443" }},
		"no port":                    {change: func(c *Config) { c.Listen = "localhost" }, want: []string{"listen"}},
		"a port that is none":        {change: func(c *Config) { c.Port = 70000 }, want: []string{"port"}},
		"no streams":                 {change: func(c *Config) { c.MaxStreams = 0 }, want: []string{"max_streams"}},
		"no connections":             {change: func(c *Config) { c.MaxConnections = 0 }, want: []string{"max_connections"}},
		"a stream above all":         {change: func(c *Config) { c.StreamBuffer = units.MiB }, want: []string{"connection_buffer"}},
		"a buffer too small":         {change: func(c *Config) { c.StreamBuffer = 1 }, want: []string{"stream_buffer"}},
		"an age without end":         {change: func(c *Config) { c.MaxAge = 1 << 62 }, want: []string{"max_age"}},
		"an age of another universe": {change: func(c *Config) { c.MaxAge = -1 }, want: []string{"max_age"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := DefaultConfig()
			c.change(&config)
			var got []string
			config.Validate(!c.plain, func(path, _ string) { got = append(got, path) })
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("what was reported (-want +got):\n%s", diff)
			}
		})
	}
}
