package listening_test

import (
	"crypto/tls"
	"io"
	"net"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/listening"
)

// The standard library's errors are told apart by their words, which this test holds.
func TestHandshakesAreCountedByHowTheyEnded(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	folder := t.TempDir()
	write(t, folder+"/clients.pem", pemOf("CERTIFICATE", a.certificate.Raw))
	own := a.issue(t, elliptic256(t), []string{"shop.example"}).into(t, folder)
	shown := func(of *authority) []tls.Certificate {
		made := of.issue(t, elliptic256(t), nil)
		pair, err := tls.X509KeyPair(made.cert, made.key)
		if err != nil {
			t.Fatal(err)
		}
		return []tls.Certificate{pair}
	}
	good := tls.Config{ServerName: "shop.example", RootCAs: a.pool(), Certificates: shown(a)}
	for _, each := range []struct {
		want string
		edit func(*tls.Config)
	}{
		{"ok", func(*tls.Config) {}},
		{"declined", func(c *tls.Config) { c.RootCAs = stranger.pool() }},
		{"unknown_name", func(c *tls.Config) { c.ServerName = "other.example" }},
		{"nothing_in_common", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }},
		{"nothing_in_common", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
		}},
		{"nothing_in_common", func(c *tls.Config) { c.NextProtos = []string{"irc"} }},
		{"no_client", func(c *tls.Config) { c.Certificates = nil }},
		{"no_client", func(c *tls.Config) { c.Certificates, c.MaxVersion = nil, tls.VersionTLS12 }},
		{"bad_client", func(c *tls.Config) {
			// Without this, a client that sees whom the server believes shows nothing.
			of := shown(stranger)
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &of[0], nil }
		}},
	} {
		opened, registry := open(t, func(c *listening.Config) {
			c.Certificates, c.UnknownNames = []listening.Certificate{own}, "refuse"
			c.ClientCA, c.ClientRequired = folder+"/clients.pem", true
		})
		client := good.Clone()
		each.edit(client)
		_, _, err := shake(t, opened.Settings(), client)
		opened.Greeted(err)
		if got := counted(t, registry, each.want); got != 1 {
			t.Errorf("%v is not counted as %s", err, each.want)
		}
	}
}

// counted is how many handshakes ended in a way.
func counted(t *testing.T, registry *prometheus.Registry, result string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != "concierge_tls_handshakes_total" {
			continue
		}
		for _, each := range family.GetMetric() {
			if each.GetLabel()[0].GetValue() == result {
				return each.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func TestConnectionsThatAreNoHandshakeAreCounted(t *testing.T) {
	a := newAuthority(t)
	own := a.issue(t, elliptic256(t), []string{"shop.example"}).into(t, t.TempDir())
	for _, each := range []struct {
		want string
		do   func(net.Conn)
	}{
		{"not_tls", func(c net.Conn) { _, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n") }},
		{"closed", func(c net.Conn) { _ = c.Close() }},
		{"closed", func(c net.Conn) { _, _ = c.Write([]byte{22, 3, 1}); _ = c.Close() }},
	} {
		opened, registry := open(t, func(c *listening.Config) { c.Certificates = []listening.Certificate{own} })
		near, far := net.Pipe()
		go func() { each.do(near); _, _ = io.Copy(io.Discard, near) }()
		err := tls.Server(far, opened.Settings()).HandshakeContext(t.Context())
		_ = far.Close()
		opened.Greeted(err)
		if got := counted(t, registry, each.want); got != 1 {
			t.Errorf("%v is not counted as %s", err, each.want)
		}
	}
}
