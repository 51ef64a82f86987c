package tests

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/demo"
)

// certificate makes a certificate for this machine. Its section of the configuration names the files.
func certificate(t *testing.T) (section string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "concierge test"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if !roots.AppendCertsFromPEM(cert) {
		t.Fatal("the certificate is not usable")
	}
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, content := range map[string][]byte{
		certFile: cert, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("tls: {certificates: [{cert: %q, key: %q}]}", certFile, keyFile), roots
}

// clientOf is a client that trusts a gateway and speaks one version of HTTP.
func clientOf(t *testing.T, roots *x509.CertPool, version int) *http.Client {
	t.Helper()
	protocols := new(http.Protocols)
	protocols.SetHTTP1(version == 1)
	protocols.SetHTTP2(version == 2)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, Protocols: protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestATLSListenerSpeaksHTTP2AndHTTP1(t *testing.T) {
	section, roots := certificate(t)
	p := start(t, with(with(standard, "server", section), "server", "max_header: 4KiB"))
	for _, version := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP/%d", version), func(t *testing.T) {
			client := clientOf(t, roots, version)
			res, err := client.Do(p.request(t, operation{query: `{ me { id } }`}))
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.ProtoMajor != version || res.StatusCode != http.StatusOK {
				t.Errorf("the answer is %s %d, want 200 by HTTP/%d", res.Proto, res.StatusCode, version)
			}
			if got := res.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
				t.Errorf("Strict-Transport-Security: %s", got)
			}

			req := p.request(t, operation{query: `{ me { id } }`})
			req.Header.Set("X-Large", strings.Repeat(canary, 500))
			want := refusal{431, problemJSON, "HEADER_TOO_LARGE", "the request header is larger than 4KiB", ""}
			want.check(t, sendBy(t, client, req))

			p.services.SetFault(demo.User, demo.Fault{Status: 500})
			bad := sendBy(t, client, p.request(t, operation{query: `{ me { id } }`}))
			refusal{200, plainJSON, "UPSTREAM_ERROR", "a service behind the gateway failed", `{"me":null}`}.check(t, bad)
			p.services.ClearFaults()
		})
	}
}

func TestATLSListenerRefusesOtherTongues(t *testing.T) {
	section, roots := certificate(t)
	p := start(t, with(standard, "server", section))
	t.Run("plain HTTP", func(t *testing.T) {
		conn := dial(t, p)
		write(t, conn, "GET / HTTP/1.1\r\nHost: test\r\n\r\n")
		if got := toTheEnd(t, conn); !strings.HasPrefix(got, "HTTP/1.0 400 ") {
			t.Errorf("it is answered with %q", got)
		}
	})
	t.Run("TLS 1.1", func(t *testing.T) {
		old := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
		if err := tls.Client(dial(t, p), old).HandshakeContext(t.Context()); err == nil {
			t.Error("it is accepted")
		}
	})
}

func TestAClientThatNeverGreetsIsClosed(t *testing.T) {
	t.Parallel()
	section, _ := certificate(t)
	p := start(t, with(with(standard, "server", section), "server", "timeouts: {header: 30ms}"))
	if got := toTheEnd(t, dial(t, p)); got != "" {
		t.Errorf("the gateway said %q", got)
	}
}

// A header that is a little too large is read to its end, and the answer has a code. One that goes on is not.
func TestAHeaderThatIsTooLargeIsRefused(t *testing.T) {
	p := start(t, with(standard, "server", "max_header: 4KiB"))
	t.Run("a little", func(t *testing.T) {
		r := send(t, p.raw(t, http.MethodPost, "", map[string]string{"X-Large": strings.Repeat("x", 4<<10)}, "{}", false))
		refusal{431, problemJSON, "HEADER_TOO_LARGE", "the request header is larger than 4KiB", ""}.check(t, r)
		p.answers(t)
	})
	t.Run("far", func(t *testing.T) {
		conn := dial(t, p)
		// What the gateway does not read any more makes it reset the connection, so no more is sent than it reads.
		write(t, conn, "GET / HTTP/1.1\r\nHost: test\r\nX-Large: "+strings.Repeat("x", 72<<10))
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge || !res.Close {
			t.Errorf("it is answered with %s, and the connection is closed: %t", res.Status, res.Close)
		}
		p.answers(t)
	})
}
