package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/apikey"
	"github.com/concierge-gateway/concierge/auth/certificate"
	"github.com/concierge-gateway/concierge/auth/token"
)

// authority signs client certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert, a.key = issued(t, template, template, nil)
	return a
}

// issued signs with its own key where by is nil.
func issued(t testing.TB, template, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if by == nil {
		by = key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func (a *authority) client(t testing.TB, name string) tls.Certificate {
	t.Helper()
	cert, key := issued(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, a.cert, a.key)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

// overTLS is a site whose clients may show certificates of an authority.
func overTLS(t testing.TB, c auth.Config, a *authority) *site {
	t.Helper()
	s := open(t, c)
	server := httptest.NewUnstartedServer(s.handler)
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	server.TLS = &tls.Config{ClientCAs: pool, ClientAuth: tls.VerifyClientCertIfGiven}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // of handshakes that must fail
	server.StartTLS()
	t.Cleanup(server.Close)
	s.url, s.client = server.URL, server.Client()
	return s
}

// showing is the same site for a client with a certificate.
func (s *site) showing(t testing.TB, cert tls.Certificate) *site {
	t.Helper()
	usual, ok := s.client.Transport.(*http.Transport)
	if !ok {
		t.Fatal("the client is another than that of a test server")
	}
	transport := usual.Clone()
	transport.TLSClientConfig.Certificates = []tls.Certificate{cert}
	t.Cleanup(transport.CloseIdleConnections)
	shown := *s
	shown.client = &http.Client{Transport: transport}
	return &shown
}

func billing() auth.Config {
	c := settings()
	c.Certificates.Identities = []certificate.Identity{{DNS: "billing.example", Owner: "billing", Scopes: []string{"orders:read"}}}
	return c
}

func TestACertificateNamesItsCaller(t *testing.T) {
	a := newAuthority(t)
	c := billing()
	key := withKey(t, &c, apikey.Entry{ID: "a", Owner: "export"})
	s := overTLS(t, c, a)
	shown := s.showing(t, a.client(t, "billing.example"))
	got := shown.ask(t, request{})
	if !strings.HasPrefix(got.seen.Credential, "cert:") {
		t.Errorf("the certificate is called %q", got.seen.Credential)
	}
	wantSeen(t, got, seen{ID: "billing", Scopes: []string{"orders:read"}, Method: "certificate", Credential: got.seen.Credential, Client: "billing"})

	wantSeen(t, shown.ask(t, bearer(signed(t, token.Claims{}))), seen{ID: "7", Method: "token", Token: "7"})
	wantSeen(t, shown.ask(t, withHeader(keyHeader, key)), seen{ID: "export", Method: "api_key", Credential: "key:a", Client: "a"})
	wantRefused(t, shown.ask(t, bearer("x")), 401, challengeInvalid)
	wantRefused(t, shown.ask(t, withHeader("Cookie", cookieName+"=x", "Sec-Fetch-Site", "same-origin")), 401, challengeInvalid)

	wantRefused(t, s.ask(t, request{}), 401, auth.Challenge)
	wantRefused(t, s.showing(t, a.client(t, "other.example")).ask(t, request{}), 401, auth.Challenge)

	c.Revoked.Entries.Tokens = []string{got.seen.Credential}
	again := overTLS(t, c, a)
	again.client = shown.client // test servers have the same certificate
	wantRefused(t, again.ask(t, request{}), 401, challengeInvalid)
}

func TestACertificateOfAnotherAuthorityIsNotLetIn(t *testing.T) {
	c := billing()
	c.Anonymous = true
	s := overTLS(t, c, newAuthority(t)).showing(t, newAuthority(t).client(t, "billing.example"))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := s.client.Do(r); err == nil {
		t.Errorf("answered with %d", res.StatusCode)
	}
}

// A browser shows a certificate that a person has chosen once to the gateway for any page, as it does cookies.
func TestAnotherPageCannotUseACertificate(t *testing.T) {
	a := newAuthority(t)
	c := billing()
	c.Anonymous = true
	s := overTLS(t, c, a)
	s = s.showing(t, a.client(t, "billing.example"))
	for origin, status := range map[string]int{s.url: 200, appOrigin: 200, "https://evil.example": 403, "null": 403} {
		q := withHeader("Origin", origin, "Content-Type", "text/plain")
		q.method = http.MethodPost
		got := s.ask(t, q)
		if got.status != status || status == http.StatusOK && got.seen.ID != "billing" {
			t.Errorf("%s: %+v", origin, got)
		}
	}
}
