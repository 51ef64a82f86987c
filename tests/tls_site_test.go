package tests

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hostPair is a certificate of a host in two files.
type hostPair struct{ cert, key string }

// serve makes a certificate for hosts, and writes it to a folder. The authority's own follows it in the file.
func (a authority) serve(t *testing.T, folder string, hosts ...string) hostPair {
	t.Helper()
	template := &x509.Certificate{
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if address := net.ParseIP(host); address != nil {
			template.IPAddresses = append(template.IPAddresses, address)
			continue
		}
		template.DNSNames = append(template.DNSNames, host)
	}
	der, key := a.sign(t, template)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	made := hostPair{filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")}
	chain := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})...)
	replace(t, made.cert, chain)
	replace(t, made.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	return made
}

// replace puts a file in the place of another.
func replace(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// tlsSection is a section of the configuration with certificates.
func tlsSection(more string, pairs ...hostPair) string {
	listed := make([]string, len(pairs))
	for i, each := range pairs {
		listed[i] = fmt.Sprintf("{cert: %q, key: %q}", each.cert, each.key)
	}
	return "tls: {certificates: [" + strings.Join(listed, ", ") + "]" + more + "}"
}

// shownTo is the certificate that a host is shown by a new connection.
func (p *program) shownTo(t *testing.T, host string, roots *x509.CertPool) (*x509.Certificate, error) {
	t.Helper()
	state, err := p.greet(t, &tls.Config{ServerName: host, RootCAs: roots})
	if err != nil {
		return nil, err
	}
	return state.PeerCertificates[0], nil
}

// greet makes a handshake of its own.
func (p *program) greet(t *testing.T, c *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", hostPort(t, p.public))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	secured := tls.Client(conn, c)
	err = secured.HandshakeContext(t.Context())
	return secured.ConnectionState(), err
}

func hostPort(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Host
}

// still is a client that shows redirects and follows none.
func still() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
