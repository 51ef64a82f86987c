package tests

import (
	"crypto/tls"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

func TestEachHostHasItsCertificate(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	a := newAuthority(t)
	shop, other := a.serve(t, t.TempDir(), "shop.example", "*.shop.example"), a.serve(t, t.TempDir(), "other.example")
	p := start(t, with(standard, "server", tlsSection(`, unknown_names: refuse, min_version: "1.3"`, shop, other)))
	for _, host := range []string{"shop.example", "a.shop.example", "other.example"} {
		if _, err := p.shownTo(t, host, a.pool()); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := p.shownTo(t, "stranger.example", a.pool()); err == nil || !strings.Contains(err.Error(), "unrecognized name") {
		t.Errorf("another host is answered with %v", err)
	}
	if _, err := p.greet(t, &tls.Config{ServerName: "shop.example", RootCAs: a.pool(), MaxVersion: tls.VersionTLS12}); err == nil {
		t.Error("an older version than the configured is spoken")
	}
	const want = `concierge_tls_handshakes_total{result="unknown_name"} 1`
	waitFor(t, func() string { return "the refused handshake is not counted" }, func() bool { return strings.Contains(string(get(t, p.admin+"/metrics").body), want) })
}

func TestCertificatesChangeWhileRequestsGoOn(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	a, folder := newAuthority(t), t.TempDir()
	p := start(t, with(standard, "server", tlsSection("", a.serve(t, folder, "127.0.0.1"))))
	before, err := p.shownTo(t, "127.0.0.1", a.pool())
	if err != nil {
		t.Fatal(err)
	}
	stop, callers := make(chan struct{}), sync.WaitGroup{}
	for version := 1; version <= 2; version++ {
		for _, keeps := range []bool{true, false} {
			client := clientOf(t, a.pool(), version)
			client.Transport.(*http.Transport).DisableKeepAlives = !keeps
			callers.Go(func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(20 * time.Millisecond):
					}
					if r := sendBy(t, client, p.request(t, operation{query: `{ __typename }`})); r.status != http.StatusOK {
						t.Errorf("a request is answered with %d", r.status)
					}
				}
			})
		}
	}
	good, err := os.ReadFile(folder + "/cert.pem")
	if err != nil {
		t.Fatal(err)
	}
	replace(t, folder+"/cert.pem", good[:len(good)/4])
	p.log.await(t, func(text string) bool { return strings.Contains(text, "does not go with its key") })
	if now, err := p.shownTo(t, "127.0.0.1", a.pool()); err != nil || now.SerialNumber.Cmp(before.SerialNumber) != 0 {
		t.Errorf("half a certificate changed what is shown: %v", err)
	}
	a.serve(t, folder, "127.0.0.1")
	p.log.await(t, func(text string) bool { return strings.Contains(text, "took a new certificate") })
	close(stop)
	callers.Wait()
	if now, err := p.shownTo(t, "127.0.0.1", a.pool()); err != nil || now.SerialNumber.Cmp(before.SerialNumber) == 0 {
		t.Errorf("a new connection is not shown the new certificate: %v", err)
	}
}

func TestPlainHTTPIsLedToTLS(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	a := newAuthority(t)
	own := a.serve(t, t.TempDir(), "127.0.0.1")
	section := tlsSection(`, redirect: {listen: "127.0.0.1:0", port: 8443}, hsts: {max_age: 48h, include_subdomains: true}`, own)
	p := start(t, with(standard, "server", section))
	for _, each := range []struct {
		method, field string
		status        int
		location      string
	}{
		{"GET", "", 308, "https://127.0.0.1:8443/v1/users/7?a=b"},
		{"HEAD", "", 308, "https://127.0.0.1:8443/v1/users/7?a=b"},
		{"POST", "", 403, ""},
		{"GET", "Authorization", 403, ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), each.method, p.redirect+"/v1/users/7?a=b", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if each.field != "" {
			req.Header.Set(each.field, "Bearer "+canary)
		}
		res, err := still().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != each.status || res.Header.Get("Location") != each.location {
			t.Errorf("%s is answered with %d %q", each.method, res.StatusCode, res.Header.Get("Location"))
		}
		if !res.Close {
			t.Errorf("after the answer to %s, the connection is kept, and lost with a request when the gateway leaves", each.method)
		}
		if got := res.Header.Get("Strict-Transport-Security"); got != "" {
			t.Errorf("plain HTTP says %q, which RFC 6797 forbids", got)
		}
	}
	r := sendBy(t, clientOf(t, a.pool(), 2), p.request(t, operation{query: `{ __typename }`}))
	if got := r.header.Get("Strict-Transport-Security"); got != "max-age=172800; includeSubDomains" {
		t.Errorf("TLS says %q", got)
	}
	if text := p.log.String(); strings.Contains(text, canary) {
		t.Error("the log has the credential that was sent in clear")
	}
}

func TestWhatTheIssuerSaysIsSentAlong(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	a := newAuthority(t)
	own := a.serve(t, t.TempDir(), "127.0.0.1")
	loaded, err := tls.LoadX509KeyPair(own.cert, own.key)
	if err != nil {
		t.Fatal(err)
	}
	says := func(serial *big.Int) []byte {
		der, err := ocsp.CreateResponse(a.certificate, a.certificate, ocsp.Response{
			Status: ocsp.Good, SerialNumber: serial, ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour),
		}, a.key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	file := newFile(t, "ocsp.der", string(says(loaded.Leaf.SerialNumber)))
	section := fmt.Sprintf("tls: {certificates: [{cert: %q, key: %q, ocsp: %q}]}", own.cert, own.key, file)
	p := start(t, with(standard, "server", section))
	stapled := func() []byte {
		state, err := p.greet(t, &tls.Config{ServerName: "127.0.0.1", RootCAs: a.pool()})
		if err != nil {
			t.Fatal(err)
		}
		return state.OCSPResponse
	}
	answer, err := ocsp.ParseResponseForCert(stapled(), loaded.Leaf, a.certificate)
	if err != nil || answer.Status != ocsp.Good {
		t.Errorf("a client sees %v, %v", answer, err)
	}
	replace(t, file, says(big.NewInt(1)))
	waitFor(t, func() string { return "the answer for another certificate is still sent along" }, func() bool { return len(stapled()) == 0 })
}
