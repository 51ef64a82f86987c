package framing

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// certificates are a server's settings, and the roots by which clients trust it.
func certificates(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	own := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	return &tls.Config{Certificates: []tls.Certificate{own}, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12}, roots
}

// serveTLS answers on a socket that speaks TLS until the test ends.
func serveTLS(t *testing.T, handler http.Handler, timeout time.Duration) (*guarded, *x509.CertPool) {
	t.Helper()
	config, roots := certificates(t)
	g := newGuarded(handler, Settings{MaxHeader: limit})
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g.serveOn(t, g.guard.ListenTLS(inner, config, timeout, func(error) {}))
	return g, roots
}

// dialTLS opens a connection on which HTTP/1.1 was agreed on.
func (g *guarded) dialTLS(t *testing.T, roots *x509.CertPool) *tls.Conn {
	t.Helper()
	conn := tls.Client(g.dial(t), &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", NextProtos: []string{"http/1.1"}})
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestTLSCarriesBothVersions(t *testing.T) {
	g, roots := serveTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(r.Body)
		_, _ = fmt.Fprint(w, r.Proto, " ", r.TLS.HandshakeComplete, " ", string(content), err)
	}), patience)
	for version, want := range map[int]string{1: "HTTP/1.1 true hello<nil>", 2: "HTTP/2.0 true hello<nil>"} {
		protocols := new(http.Protocols)
		protocols.SetHTTP1(version == 1)
		protocols.SetHTTP2(version == 2)
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, Protocols: protocols}
		for range 2 {
			body := io.MultiReader(strings.NewReader("hello")) // which has no length
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+g.address, body)
			if err != nil {
				t.Fatal(err)
			}
			res, err := (&http.Client{Transport: transport}).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if string(got) != want {
				t.Errorf("the handler says %q, want %q", got, want)
			}
		}
		transport.CloseIdleConnections()
	}
}

func TestTheGuardStandsBehindTLS(t *testing.T) {
	g, roots := serveTLS(t, takeOver, patience)
	for name, c := range map[string]struct {
		sent string
		want []string
	}{
		"good, then bad": {post + bad + last, []string{`200 POST /post "hello"`, "400 problem"}},
		"bad chunks":     {chunked + "5\nhello\r\n" + last, []string{"400 problem"}},
		"an upgrade":     {"GET / HTTP/1.1\r\nHost: test\r\nUpgrade: test\r\n\r\n\n\n3456789", []string{"200 \n\n3456789"}},
	} {
		t.Run(name, func(t *testing.T) {
			conn := g.dialTLS(t, roots)
			ask(t, conn, c.sent)
			if diff := cmp.Diff(c.want, answersOn(t, conn)); diff != "" {
				t.Errorf("the answers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlainHTTPOnATLSPortIsToldSo(t *testing.T) {
	g, _ := serveTLS(t, echo, patience)
	conn := g.dial(t)
	ask(t, conn, get)
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if want := "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"; string(got) != want {
		t.Errorf("it is answered with %q, want %q", got, want)
	}
}

// Those who never greet hold up nobody, and end by themselves.
func TestASlowHandshakeHoldsUpNobody(t *testing.T) {
	t.Run("others are served meanwhile", func(t *testing.T) {
		g, roots := serveTLS(t, echo, 0)
		for range 50 {
			ask(t, g.dial(t), "\x16\x03")
		}
		conn := g.dialTLS(t, roots)
		ask(t, conn, last)
		if diff := cmp.Diff([]string{`200 GET /last ""`}, answersOn(t, conn)); diff != "" {
			t.Errorf("the answers (-want +got):\n%s", diff)
		}
	})
	t.Run("it ends", func(t *testing.T) {
		g, _ := serveTLS(t, echo, 10*time.Millisecond)
		conn := g.dial(t)
		ask(t, conn, "\x16\x03")
		if got, err := io.ReadAll(conn); err != nil || len(got) > 0 {
			t.Errorf("the server says %q and %v", got, err)
		}
	})
}

// The time for a handshake is not the time for what follows.
func TestTheTimeOfAHandshakeEndsWithIt(t *testing.T) {
	g, roots := serveTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-time.After(2200 * time.Millisecond)
		_, _ = fmt.Fprint(w, r.Context().Err())
	}), 2*time.Second)
	conn := g.dialTLS(t, roots)
	ask(t, conn, last)
	if diff := cmp.Diff([]string{"200 <nil>"}, answersOn(t, conn)); diff != "" {
		t.Errorf("the answers (-want +got):\n%s", diff)
	}
}

// Close ends what is under way: connections in their handshake, and those that wait to be accepted.
func TestClosingATLSListenerEndsWhatIsUnderWay(t *testing.T) {
	config, roots := certificates(t)
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := newGuarded(echo, Settings{MaxHeader: limit})
	g.address = inner.Addr().String()
	l := g.guard.ListenTLS(inner, config, 0, func(error) {})
	slow, waits := g.dial(t), g.dialTLS(t, roots)
	ask(t, slow, "\x16\x03")
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	for _, conn := range []net.Conn{slow, waits} {
		_, err := bufio.NewReader(conn).ReadByte()
		if timeout, ok := errors.AsType[net.Error](err); err == nil || ok && timeout.Timeout() {
			t.Errorf("the connection is still open: %v", err)
		}
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept gives %v", err)
	}
}

// failing is a listener that fails once with each of its errors and then is closed.
type failing struct {
	net.Listener
	errors chan error
}

func (f *failing) Accept() (net.Conn, error) {
	if err, ok := <-f.errors; ok {
		return nil, err
	}
	return nil, net.ErrClosed
}
func (f *failing) Close() error { return nil }

func TestATLSListenerHandsOnErrorsAndGoesOn(t *testing.T) {
	g := newGuarded(echo, Settings{MaxHeader: limit})
	inner := &failing{errors: make(chan error, 2)}
	first, second := errors.New("first"), errors.New("second")
	inner.errors <- first
	inner.errors <- second
	close(inner.errors)
	l := g.guard.ListenTLS(inner, &tls.Config{MinVersion: tls.VersionTLS12}, 0, func(error) {})
	for _, want := range []error{first, second, net.ErrClosed} {
		if _, got := l.Accept(); !errors.Is(got, want) {
			t.Errorf("Accept gives %v, want %v", got, want)
		}
	}
	_ = l.Close()
}
