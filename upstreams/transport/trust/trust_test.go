package trust_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/trust"
)

// authority makes certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// issued is a certificate and its key.
type issued struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func issue(tb testing.TB, by *authority, name string) issued {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Unix(0, 0), NotAfter: time.Now().AddDate(100, 0, 0), // the clocks of bubbles stand in the past
	}
	parent, signer := template, key
	if by == nil {
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	} else {
		parent, signer = by.certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		tb.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return issued{certificate, key}
}

func newAuthority(tb testing.TB, name string) *authority {
	tb.Helper()
	a := issue(tb, nil, name)
	return &authority{a.certificate, a.key}
}

func (i issued) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{i.certificate.Raw}, PrivateKey: i.key}
}

func (i issued) pin() string {
	hash := sha256.Sum256(i.certificate.RawSubjectPublicKeyInfo)
	return "sha256/" + base64.StdEncoding.EncodeToString(hash[:])
}

// put puts PEM into a file, as who replaces a file does.
func put(tb testing.TB, path, kind string, der []byte) {
	tb.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		tb.Fatal(err)
	}
}

func putKey(tb testing.TB, path string, key *ecdsa.PrivateKey) {
	tb.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	put(tb, path, "PRIVATE KEY", der)
}

// site is an authority that is believed, and where its files lie.
type site struct {
	testing.TB
	trust.Config

	folder string
	root   *authority
}

func newSite(tb testing.TB) *site {
	tb.Helper()
	s := &site{TB: tb, folder: tb.TempDir(), root: newAuthority(tb, "root"), Config: trust.DefaultConfig()}
	s.CA = filepath.Join(s.folder, "ca.pem")
	put(tb, s.CA, "CERTIFICATE", s.root.certificate.Raw)
	return s
}

// shows has the gateway show a certificate.
func (s *site) shows(i issued) {
	s.Cert, s.Key = filepath.Join(s.folder, "cert.pem"), filepath.Join(s.folder, "key.pem")
	put(s, s.Cert, "CERTIFICATE", i.certificate.Raw)
	putKey(s, s.Key, i.key)
}

func (s *site) open() *trust.Trust {
	s.Helper()
	t, err := trust.Open("user", s.Config, trust.NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
	if err != nil {
		s.Fatal(err)
	}
	return t
}

// meet makes a handshake with a service that has these settings. It returns whom the service saw.
func meet(ctx context.Context, tb testing.TB, t *trust.Trust, service *tls.Config) (seen string, err error) {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close()
	saw := make(chan string, 1)
	go func() {
		defer close(saw)
		there, err := listener.Accept()
		if err != nil {
			return
		}
		defer there.Close()
		server := tls.Server(there, service)
		if server.HandshakeContext(ctx) != nil {
			return
		}
		if peers := server.ConnectionState().PeerCertificates; len(peers) > 0 {
			saw <- peers[0].Subject.CommonName
		}
	}()
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, listener.Addr().String())
	}
	conn, err := t.Over(dial, "users.internal", time.Minute, "h2", "http/1.1")(ctx, "tcp", "users.internal:443")
	if err == nil {
		defer conn.Close()
	}
	return <-saw, err
}

func TestAServiceIsBelievedForGoodReasonsOnly(t *testing.T) {
	s := newSite(t)
	other := newAuthority(t, "another root")
	good := issue(t, s.root, "users.internal")
	for name, c := range map[string]struct {
		service issued
		change  func(*trust.Config)
		most    uint16
		ok      bool
	}{
		"its authority is believed":     {service: good, ok: true},
		"its authority is another":      {service: issue(t, other, "users.internal")},
		"it signed its own certificate": {service: issue(t, nil, "users.internal")},
		"its certificate is another's":  {service: issue(t, s.root, "orders.internal")},
		"it has the name that is meant": {service: issue(t, s.root, "mesh"), change: func(c *trust.Config) { c.ServerName = "mesh" }, ok: true},
		"it has the URL's name only":    {service: good, change: func(c *trust.Config) { c.ServerName = "mesh" }},
		"nobody here signed it":         {service: good, change: func(c *trust.Config) { c.CA = "" }},
		"its key is pinned":             {service: good, change: func(c *trust.Config) { c.Pins = []string{good.pin()} }, ok: true},
		"its authority's key is pinned": {service: good, change: func(c *trust.Config) { c.Pins = []string{issued(*s.root).pin()} }, ok: true},
		"another key is pinned":         {service: good, change: func(c *trust.Config) { c.Pins = []string{issued(*other).pin()} }},
		"it speaks an old version": {
			service: good, change: func(c *trust.Config) { c.MinVersion = "1.3" }, most: tls.VersionTLS12,
		},
		"it speaks a version that is old enough": {service: good, most: tls.VersionTLS12, ok: true},
		"it speaks one that is too old":          {service: good, most: tls.VersionTLS11},
	} {
		t.Run(name, func(t *testing.T) {
			site := *s
			if c.change != nil {
				c.change(&site.Config)
			}
			service := &tls.Config{Certificates: []tls.Certificate{c.service.tls()}, MaxVersion: c.most, MinVersion: tls.VersionTLS10}
			_, err := meet(t.Context(), t, site.open(), service)
			if (err == nil) != c.ok {
				t.Errorf("the handshake ended with %v, want success: %t", err, c.ok)
			}
			if err != nil && !attempt.Unsent(err) {
				t.Errorf("%v does not say that nothing was sent", err)
			}
		})
	}
}

// A chain that a service sends along is not one that was verified.
func TestAPinnedCertificateThatIsOnlySentAlongCountsForNothing(t *testing.T) {
	s := newSite(t)
	other := newAuthority(t, "another root")
	service := issue(t, s.root, "users.internal").tls()
	service.Certificate = append(service.Certificate, other.certificate.Raw)
	s.Pins = []string{issued(*other).pin()}
	if _, err := meet(t.Context(), t, s.open(), &tls.Config{Certificates: []tls.Certificate{service}}); err == nil {
		t.Error("it was believed")
	}
}

func TestTheGatewayShowsItsCertificate(t *testing.T) {
	s := newSite(t)
	s.shows(issue(t, s.root, "gateway"))
	pool := x509.NewCertPool()
	pool.AddCert(s.root.certificate)
	service := &tls.Config{
		Certificates: []tls.Certificate{issue(t, s.root, "users.internal").tls()},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: pool,
	}
	seen, err := meet(t.Context(), t, s.open(), service)
	if err != nil || seen != "gateway" {
		t.Errorf("the service saw %q, %v, want gateway", seen, err)
	}
}

// watching has the files looked at, in a bubble, while tell goes on.
func watching(t *testing.T, s *site, tell func(*testing.T, *trust.Trust)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		opened := s.open()
		ctx, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { opened.Run(ctx) })
		tell(t, opened)
		end()
		running.Wait()
	})
}

// look is longer than it takes until files are looked at.
const look = 2 * time.Second

func TestNewConnectionsGoByChangedFiles(t *testing.T) {
	s := newSite(t)
	old, next := issue(t, s.root, "old"), issue(t, s.root, "new")
	s.shows(old)
	second := newAuthority(t, "second root")
	service := &tls.Config{Certificates: []tls.Certificate{issue(t, s.root, "users.internal").tls()}, ClientAuth: tls.RequireAnyClientCert}
	moved := &tls.Config{Certificates: []tls.Certificate{issue(t, second, "users.internal").tls()}, ClientAuth: tls.RequireAnyClientCert}
	watching(t, s, func(t *testing.T, opened *trust.Trust) {
		t.Helper()
		var got []string
		see := func(what string, service *tls.Config) {
			time.Sleep(look)
			seen, err := meet(t.Context(), t, opened, service)
			if err != nil {
				seen = "refused"
			}
			got = append(got, what+": "+seen)
		}
		see("at first", service)
		see("moved too early", moved)
		put(t, s.Cert, "CERTIFICATE", next.certificate.Raw)
		see("half of a pair", service)
		putKey(t, s.Key, next.key)
		see("all of it", service)
		if err := os.WriteFile(s.CA, []byte("nothing"), 0o600); err != nil {
			t.Fatal(err)
		}
		see("no authority", service)
		put(t, s.CA, "CERTIFICATE", second.certificate.Raw)
		see("the old service", service)
		see("another authority", moved)
		want := []string{
			"at first: old", "moved too early: refused", "half of a pair: old", "all of it: new", "no authority: new",
			"the old service: refused", "another authority: new",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("whom the service saw (-want +got):\n%s", diff)
		}
	})
}

func TestFilesThatCannotBeUsedAreSaidAtStart(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*site)
		want   string
	}{
		"no file":                  {func(s *site) { s.CA = filepath.Join(s.folder, "none") }, "read tls.ca"},
		"no certificate":           {func(s *site) { putKey(s, s.CA, s.root.key) }, "there is no certificate in it"},
		"a key of another":         {func(s *site) { s.shows(issued{s.root.certificate, issue(s, s.root, "x").key}) }, "read tls.cert and tls.key"},
		"a key that is no such":    {func(s *site) { s.shows(issue(s, s.root, "x")); put(s, s.Key, "PRIVATE KEY", []byte("x")) }, "read tls.cert and tls.key"},
		"a certificate that is no": {func(s *site) { s.shows(issue(s, s.root, "x")); put(s, s.Cert, "CERTIFICATE", []byte("x")) }, "read tls.cert and tls.key"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			c.change(s)
			_, err := trust.Open("user", s.Config, trust.NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("it failed with %v, want %q", err, c.want)
			}
		})
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	one, two := base64.StdEncoding.EncodeToString(make([]byte, 32)), base64.StdEncoding.EncodeToString(make([]byte, 31))
	for name, c := range map[string]struct {
		change func(*trust.Config)
		http   bool
		want   []string
	}{
		"the defaults":            {change: func(*trust.Config) {}},
		"the defaults with http":  {change: func(*trust.Config) {}, http: true},
		"an authority with http":  {change: func(c *trust.Config) { c.CA = "x" }, http: true, want: []string{""}},
		"a certificate, no key":   {change: func(c *trust.Config) { c.Cert = "x" }, want: []string{""}},
		"a key, no certificate":   {change: func(c *trust.Config) { c.Key = "x" }, want: []string{""}},
		"a version of yesterday":  {change: func(c *trust.Config) { c.MinVersion = "1.1" }, want: []string{".min_version"}},
		"a name with a port":      {change: func(c *trust.Config) { c.ServerName = "users:443" }, want: []string{".server_name"}},
		"good pins":               {change: func(c *trust.Config) { c.Pins = []string{"sha256/" + one} }},
		"a pin that is too short": {change: func(c *trust.Config) { c.Pins = []string{two} }, want: []string{".pins[0]"}},
		"a pin that is no base64": {change: func(c *trust.Config) { c.Pins = []string{one, "!"} }, want: []string{".pins[1]"}},
		"a pin twice":             {change: func(c *trust.Config) { c.Pins = []string{one, "sha256/" + one} }, want: []string{".pins[1]"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := trust.DefaultConfig()
			c.change(&config)
			var got []string
			config.Validate(!c.http, func(path, _ string) { got = append(got, path) })
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("what was reported (-want +got):\n%s", diff)
			}
		})
	}
}
