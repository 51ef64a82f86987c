package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/certificate"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/listening"
)

func mistakesOf(c config.Config) []string {
	paths := []string{}
	c.Validate(func(path, _ string) { paths = append(paths, path) })
	return paths
}

func TestTheDefaultsLackOnlyWhatNamesCallersAndTheURLs(t *testing.T) {
	want := []string{
		"auth.issuers", "upstreams.user.urls", "upstreams.order.urls", "upstreams.product.urls", "upstreams.payment.urls",
	}
	if diff := cmp.Diff(want, mistakesOf(config.Default())); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestListenersMustNotTakeEachOthersPort(t *testing.T) {
	for _, each := range []struct {
		server, admin string
		want          []string
	}{
		{":8080", "127.0.0.1:9090", []string{}},
		{"127.0.0.1:8080", "127.0.0.2:8080", []string{}},
		{":0", "127.0.0.1:0", []string{}},
		{"[::1]:8080", "127.0.0.1:8080", []string{}},
		{"gateway.internal:8080", "10.0.0.1:9090", []string{}},
		{"localhost:8080", "localhost:8080", []string{"admin.listen"}},
		{":8080", "127.0.0.1:8080", []string{"admin.listen"}},
		{"0.0.0.0:8080", "127.0.0.1:8080", []string{"admin.listen"}},
		{"127.0.0.1:8080", "[::]:8080", []string{"admin.listen"}},
	} {
		c := minimal()
		c.Server.Listen, c.Admin.Listen = each.server, each.admin
		if diff := cmp.Diff(each.want, mistakesOf(c)); diff != "" {
			t.Errorf("%s and %s: want -, got +:\n%s", each.server, each.admin, diff)
		}
	}
}

func TestAnAddressIsAHostAndAPortNumber(t *testing.T) {
	for _, address := range []string{
		"", "8080", "localhost", "localhost:", "localhost:http", "localhost:-1", "localhost:65536", "local host:80",
		"http://localhost:80", "::1:80", "[::1]", "localhost:80/path", "*:80",
	} {
		c := minimal()
		c.Server.Listen = address
		if diff := cmp.Diff([]string{"server.listen"}, mistakesOf(c)); diff != "" {
			t.Errorf("%q: want -, got +:\n%s", address, diff)
		}
	}
}

func TestACertificateMustGoWithItsKey(t *testing.T) {
	cert, key := writePair(t)
	c := minimal()
	c.Server.TLS.Certificates = []listening.Certificate{{Cert: cert, Key: key}, {Cert: cert}}
	if diff := cmp.Diff([]string{"server.tls.certificates[1].key"}, mistakesOf(c)); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestCertificatesNameCallersOnlyWhereClientsShowThem(t *testing.T) {
	cert, key := writePair(t)
	c := minimal()
	c.Auth.Certificates.Identities = []certificate.Identity{{DNS: "billing.example", Owner: "billing"}}
	if diff := cmp.Diff([]string{"auth.certificates.identities"}, mistakesOf(c)); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	c.Server.TLS.Certificates = []listening.Certificate{{Cert: cert, Key: key}}
	c.Server.TLS.ClientCA = cert
	if diff := cmp.Diff([]string{}, mistakesOf(c)); diff != "" {
		t.Errorf("with client_ca: want -, got +:\n%s", diff)
	}
}

func TestServicesGetTokensOnlyWhereTheGatewaySigns(t *testing.T) {
	_, key := writePair(t)
	c := minimal()
	c.Upstreams.Order.Identity.Audience = "orders"
	if diff := cmp.Diff([]string{"upstreams.order.identity.audience"}, mistakesOf(c)); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	c.Auth.Passport.Key, c.Auth.Passport.Issuer = key, "https://api.example"
	if diff := cmp.Diff([]string{}, mistakesOf(c)); diff != "" {
		t.Errorf("with a key: want -, got +:\n%s", diff)
	}
}

// writePair writes a certificate that signs itself, and its key.
func writePair(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	certDER, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return writePEM(t, "CERTIFICATE", certDER), writePEM(t, "PRIVATE KEY", keyDER)
}

func writePEM(t *testing.T, kind string, der []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
