package stapling_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/concierge-gateway/concierge/listening/stapling"
)

// issuer signs certificates, and says of them what it is told to.
type issuer struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "issuer"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	return &issuer{sign(t, template, template, key, key), key}
}

func sign(t testing.TB, template, parent *x509.Certificate, of, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, of.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// issue makes a certificate that names where to ask about it.
func (i *issuer) issue(t testing.TB, url string, extensions ...pkix.Extension) *tls.Certificate {
	t.Helper()
	leaf := sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{"shop.example"}, OCSPServer: []string{url}, ExtraExtensions: extensions,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, i.certificate, i.key, i.key)
	return &tls.Certificate{Certificate: [][]byte{leaf.Raw, i.certificate.Raw}, Leaf: leaf}
}

// says makes an answer that counts from a while ago until some time.
func (i *issuer) says(t testing.TB, status int, serial int64, from, until time.Duration) []byte {
	t.Helper()
	answer := ocsp.Response{Status: status, SerialNumber: big.NewInt(serial), ThisUpdate: time.Now().Add(from)}
	if until != 0 {
		answer.NextUpdate = time.Now().Add(until)
	}
	der, err := ocsp.CreateResponse(i.certificate, i.certificate, answer, i.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestOnlyAnAnswerThatCountsIsSentAlong(t *testing.T) {
	i := newIssuer(t)
	of := i.issue(t, "http://ocsp.example")
	for name, each := range map[string]struct {
		der  []byte
		good bool
	}{
		"good":                  {i.says(t, ocsp.Good, 2, -time.Hour, time.Hour), true},
		"good, without an end":  {i.says(t, ocsp.Good, 2, -time.Hour, 0), true},
		"long without an end":   {i.says(t, ocsp.Good, 2, -25*time.Hour, 0), false},
		"revoked":               {i.says(t, ocsp.Revoked, 2, -time.Hour, time.Hour), false},
		"unknown":               {i.says(t, ocsp.Unknown, 2, -time.Hour, time.Hour), false},
		"over":                  {i.says(t, ocsp.Good, 2, -2*time.Hour, -time.Hour), false},
		"of tomorrow":           {i.says(t, ocsp.Good, 2, time.Hour, 2*time.Hour), false},
		"of another":            {i.says(t, ocsp.Good, 3, -time.Hour, time.Hour), false},
		"by somebody else":      {newIssuer(t).says(t, ocsp.Good, 2, -time.Hour, time.Hour), false},
		"nothing":               {nil, false},
		"the issuer's own text": {of.Certificate[1], false},
	} {
		staple, err := stapling.Read(each.der, of, time.Now())
		if (err == nil) != each.good {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (!bytes.Equal(staple.DER, each.der) || !staple.Renew.Before(staple.Until)) {
			t.Errorf("%s: it is renewed at %s, and counts until %s", name, staple.Renew, staple.Until)
		}
		if name == "revoked" != errors.Is(err, stapling.ErrRevoked) {
			t.Errorf("%s: %v is taken for a revocation, or not", name, err)
		}
	}
}

func TestTheIssuerIsAskedAtTheAddressInTheCertificate(t *testing.T) {
	i := newIssuer(t)
	var status int
	answer := i.says(t, ocsp.Good, 2, -time.Hour, time.Hour)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		question, err := ocsp.ParseRequest(body.Bytes())
		if err != nil || question.SerialNumber.Int64() != 2 || r.Header.Get("Content-Type") != "application/ocsp-request" {
			t.Errorf("it is asked %v, %v", question, err)
		}
		w.WriteHeader(status)
		_, _ = w.Write(answer)
	}))
	defer server.Close()
	for _, each := range []struct {
		status int
		good   bool
	}{{200, true}, {500, false}, {404, false}} {
		status = each.status
		if _, err := stapling.Ask(t.Context(), server.Client(), i.issue(t, server.URL)); (err == nil) != each.good {
			t.Errorf("status %d: %v", each.status, err)
		}
	}
}

func TestACertificateMayDemandAnAnswer(t *testing.T) {
	i := newIssuer(t)
	feature := func(value ...byte) pkix.Extension {
		return pkix.Extension{Id: []int{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: value}
	}
	for name, each := range map[string]struct {
		of   *tls.Certificate
		want bool
	}{
		"plain":           {i.issue(t, "http://ocsp.example"), false},
		"must staple":     {i.issue(t, "http://ocsp.example", feature(0x30, 3, 2, 1, 5)), true},
		"another feature": {i.issue(t, "http://ocsp.example", feature(0x30, 3, 2, 1, 17)), false},
		"no list":         {i.issue(t, "http://ocsp.example", feature(5, 0)), false},
	} {
		if got := stapling.Must(each.of.Leaf); got != each.want {
			t.Errorf("%s: %t, want %t", name, got, each.want)
		}
	}
}

func FuzzWhateverAnIssuerSaysIsReadOrRefused(f *testing.F) {
	i := newIssuer(f)
	of := i.issue(f, "http://ocsp.example")
	f.Add(i.says(f, ocsp.Good, 2, -time.Hour, time.Hour))
	f.Add(i.says(f, ocsp.Revoked, 2, -time.Hour, time.Hour))
	f.Add([]byte{0x30, 3, 0x0a, 1, 6})
	f.Fuzz(func(t *testing.T, der []byte) {
		staple, err := stapling.Read(der, of, time.Now())
		if err == nil && !time.Now().Before(staple.Until) {
			t.Errorf("what counts no more is sent along until %s", staple.Until)
		}
	})
}
