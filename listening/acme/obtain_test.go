package acme

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/prometheus/client_golang/prometheus"
)

// site is what asks for a certificate for one host, before an authority that gives none.
type site struct {
	host      string // no other site's: certmagic remembers for the whole process what was refused, and asks later
	storage   string
	authority *httptest.Server
	asked     chan struct{} // the authority was
	failed    chan struct{} // the log has an error
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{
		host: strings.ToLower(rand.Text()) + ".example", storage: filepath.Join(t.TempDir(), "acme"),
		asked: make(chan struct{}, 1), failed: make(chan struct{}, 1),
	}
	s.authority = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		note(s.asked)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(s.authority.Close)
	return s
}

func note(to chan<- struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

// Write is the log's.
func (s *site) Write(line []byte) (int, error) {
	note(s.failed)
	return len(line), nil
}

func (s *site) config(t *testing.T) Config {
	t.Helper()
	c := DefaultConfig()
	c.Domains, c.AgreeToTerms, c.Storage, c.CheckEvery = []string{s.host}, true, s.storage, 24*time.Hour
	c.Directory, c.CAFile = s.authority.URL+"/dir", filepath.Join(t.TempDir(), "ca.pem")
	keep(t, c.CAFile, encoded("CERTIFICATE", s.authority.Certificate().Raw))
	return c
}

// run runs it until the test ends.
func (s *site) run(t *testing.T) *Issued {
	t.Helper()
	log := slog.New(slog.NewTextHandler(s, &slog.HandlerOptions{Level: slog.LevelError}))
	issued, err := New(s.config(t), prometheus.NewRegistry(), log)
	if err != nil {
		t.Fatal(err)
	}
	issued.pause = time.Millisecond
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		issued.Run(ctx, Addresses{Public: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443}})
	}()
	t.Cleanup(func() {
		end()
		<-ended
	})
	return issued
}

func encoded(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func keep(t *testing.T, file string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A folder that is on another machine may come later than the gateway.
func TestAStorageThatFailsIsTriedAgain(t *testing.T) {
	s := newSite(t)
	keep(t, s.storage, []byte("this is no folder"))
	s.run(t)
	<-s.failed
	if err := os.Remove(s.storage); err != nil {
		t.Fatal(err)
	}
	<-s.asked
}

// It is not waited for the next look at all certificates, which is hours away here.
func TestAStoredCertificateThatHasEndedIsRenewedAtOnce(t *testing.T) {
	s := newSite(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{s.host},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-time.Hour),
	}
	leaf, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	of := (&certmagic.ACMEIssuer{CA: s.authority.URL + "/dir"}).IssuerKey()
	keep(t, filepath.Join(s.storage, certmagic.StorageKeys.SiteCert(of, s.host)), encoded("CERTIFICATE", leaf))
	keep(t, filepath.Join(s.storage, certmagic.StorageKeys.SitePrivateKey(of, s.host)), encoded("PRIVATE KEY", private))
	keep(t, filepath.Join(s.storage, certmagic.StorageKeys.SiteMeta(of, s.host)), []byte(`{"sans": ["`+s.host+`"]}`))
	issued := s.run(t)
	<-s.asked
	if missing := issued.Missing(); len(missing) != 1 {
		t.Errorf("there is one for all but %v, want none", missing)
	}
}
