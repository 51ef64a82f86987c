package listening_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"golang.org/x/crypto/ocsp"

	"github.com/concierge-gateway/concierge/listening"
	"github.com/concierge-gateway/concierge/listening/acme"
)

// says is what the authority answers about a certificate.
func (a *authority) says(t *testing.T, status int, serial *big.Int) []byte {
	t.Helper()
	der, err := ocsp.CreateResponse(a.certificate, a.certificate, ocsp.Response{
		Status: status, SerialNumber: serial, ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour),
	}, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestWhatTheIssuerSaysIsAskedForAndSentAlong(t *testing.T) {
	a := newAuthority(t)
	var asked atomic.Int64
	var answer atomic.Pointer[[]byte]
	responder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write(*answer.Load())
	}))
	defer responder.Close()
	made := a.issue(t, elliptic256(t), []string{"shop.example"}, func(c *x509.Certificate) { c.OCSPServer = []string{responder.URL} })
	loaded, err := tls.X509KeyPair(made.cert, made.key)
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range []struct {
		status int
		want   bool
	}{{ocsp.Good, true}, {ocsp.Revoked, false}} {
		der := a.says(t, each.status, loaded.Leaf.SerialNumber)
		answer.Store(&der)
		asked.Store(0)
		opened, _ := open(t, func(c *listening.Config) { c.Certificates = []listening.Certificate{made.into(t, t.TempDir())} })
		stapled := func() bool {
			seen, err, _ := shake(t, opened.Settings(), &tls.Config{ServerName: "shop.example", RootCAs: a.pool()})
			if err != nil {
				t.Fatal(err)
			}
			return len(seen.OCSPResponse) > 0
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { opened.Run(ctx, acme.Addresses{}); close(ended) }()
		for asked.Load() == 0 || each.want && !stapled() {
			<-time.After(10 * time.Millisecond)
		}
		stop()
		<-ended
		if got := stapled(); got != each.want {
			t.Errorf("of a certificate with status %d, an answer is sent along: %t", each.status, got)
		}
	}
}

func TestAnIssuerThatNeverAnswersIsToldOfOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(t)
		c := listening.DefaultConfig()
		c.Certificates = []listening.Certificate{a.issue(t, elliptic256(t), []string{"shop.example"}, func(c *x509.Certificate) {
			c.OCSPServer = []string{"nowhere:"}
		}).into(t, t.TempDir())}
		var told strings.Builder
		registry := prometheus.NewRegistry()
		opened, err := listening.OpenTLS(c, registry, slog.New(slog.NewTextHandler(&told, nil)))
		if err != nil {
			t.Fatal(err)
		}
		following(t, opened)
		time.Sleep(55 * time.Minute)
		synctest.Wait()
		if n := strings.Count(told.String(), "does not say"); n != 1 {
			t.Errorf("the log tells of it %d times", n)
		}
		const want = `
			# HELP concierge_tls_ocsp_total What issuers were asked about certificates from files, by what came of it.
			# TYPE concierge_tls_ocsp_total counter
			concierge_tls_ocsp_total{result="failed"} 6
		`
		if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "concierge_tls_ocsp_total"); err != nil {
			t.Error(err)
		}
	})
}
