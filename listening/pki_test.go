package listening_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/listening"
)

// authority issues certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	serial      int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: elliptic256(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func elliptic256(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsa2048(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issued is a certificate, before it lies in files.
type issued struct{ cert, key []byte }

// issue makes a certificate for names; edits change what it says.
func (a *authority) issue(t *testing.T, key crypto.Signer, names []string, edits ...func(*x509.Certificate)) issued {
	t.Helper()
	a.serial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1000 + a.serial), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(100 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, name := range names {
		if address := net.ParseIP(name); address != nil {
			template.IPAddresses = append(template.IPAddresses, address)
			continue
		}
		template.DNSNames = append(template.DNSNames, name)
	}
	for _, edit := range edits {
		edit(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	chain := append(pemOf("CERTIFICATE", der), pemOf("CERTIFICATE", a.certificate.Raw)...)
	return issued{chain, pemOf("PRIVATE KEY", secret)}
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// into writes a certificate to files.
func (i issued) into(t *testing.T, folder string) listening.Certificate {
	t.Helper()
	c := listening.Certificate{Cert: filepath.Join(folder, "cert.pem"), Key: filepath.Join(folder, "key.pem")}
	write(t, c.Cert, i.cert)
	write(t, c.Key, i.key)
	return c
}

// write puts a file in the place of another, as is recommended.
func write(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// open opens TLS with settings that are changed from the defaults, and the registry that it counts in.
func open(t *testing.T, edit func(*listening.Config)) (*listening.TLS, *prometheus.Registry) {
	t.Helper()
	c := listening.DefaultConfig()
	edit(&c)
	c.Validate(func(path, message string) { t.Errorf("%s: %s", path, message) })
	registry := prometheus.NewPedanticRegistry()
	opened, err := listening.OpenTLS(c, registry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return opened, registry
}

// shake makes a handshake, and gives both ends' outcome.
func shake(t *testing.T, server, client *tls.Config) (seen tls.ConnectionState, clientErr, serverErr error) {
	t.Helper()
	near, far := net.Pipe()
	defer near.Close()
	ended := make(chan error, 1)
	go func() {
		conn := tls.Server(behind(far), server)
		err := conn.HandshakeContext(t.Context())
		if err == nil {
			_, err = conn.Write([]byte("!")) // what a client of TLS 1.3 learns of a refused certificate comes after its handshake
		}
		_ = conn.Close()
		ended <- err
	}()
	conn := tls.Client(near, client)
	clientErr = conn.HandshakeContext(t.Context())
	if clientErr == nil {
		var n int
		if n, clientErr = conn.Read(make([]byte, 1)); n > 0 {
			clientErr = nil // what came with it is the end
		}
	}
	seen = conn.ConnectionState()
	near.Close()
	return seen, clientErr, <-ended
}

// queued is an end of a pipe that writes in the background, as sockets do: both ends of a handshake may write at the same time.
type queued struct {
	net.Conn

	queue chan []byte
}

func behind(conn net.Conn) *queued {
	const most = 64 // writes of a handshake
	q := &queued{conn, make(chan []byte, most)}
	go func() {
		for each := range q.queue {
			_, _ = conn.Write(each)
		}
		_ = conn.Close()
	}()
	return q
}

func (q *queued) Write(p []byte) (int, error) {
	q.queue <- append([]byte(nil), p...)
	return len(p), nil
}

func (q *queued) Close() error {
	close(q.queue)
	return nil
}

// SetWriteDeadline does nothing: TLS would keep with it what waits from being written.
func (q *queued) SetWriteDeadline(time.Time) error { return nil }
