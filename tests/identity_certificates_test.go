package tests

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// authority signs the certificates of clients.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string // its certificate
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	template := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, Subject: pkix.Name{CommonName: "clients"}}
	a := authority{}
	der, key := a.sign(t, template)
	var err error
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.key = key
	a.file = newFile(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return a
}

// sign makes a certificate of a new key. An authority without one signs its own.
func (a authority) sign(t *testing.T, template *x509.Certificate) (der []byte, key *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	if der, err = x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer); err != nil {
		t.Fatal(err)
	}
	return der, key
}

// issue is a certificate for a client of this name.
func (a authority) issue(t *testing.T, uri string) tls.Certificate {
	t.Helper()
	name, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	der, key := a.sign(t, &x509.Certificate{
		URIs: []*url.URL{name}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// showing is a client that shows a certificate.
func showing(t *testing.T, roots *x509.CertPool, version int, certificate tls.Certificate) *http.Client {
	t.Helper()
	client := clientOf(t, roots, version)
	client.Transport.(*http.Transport).TLSClientConfig.Certificates = []tls.Certificate{certificate}
	return client
}

func TestACertificateNamesACaller(t *testing.T) {
	section, roots := certificate(t)
	ca, foreign := newAuthority(t), newAuthority(t)
	billing, taken, unknown := ca.issue(t, "spiffe://example.com/billing"), ca.issue(t, "spiffe://example.com/taken"), ca.issue(t, "spiffe://example.com/unknown")
	yaml := with(withREST(nil, demoSection()), "server", strings.Replace(section, "]}", fmt.Sprintf("], client_ca: %q}", ca.file), 1))
	yaml = with(yaml, "server", `cors: {allowed_origins: ["https://shop.example"]}`)
	yaml = with(yaml, "auth", `certificates: {identities: [`+
		`{uri: "spiffe://example.com/billing", owner: billing, scopes: ["payments:read"]}, {uri: "spiffe://example.com/taken", owner: taken}]}`)
	sum := sha256.Sum256(taken.Certificate[0])
	yaml = with(yaml, "auth", fmt.Sprintf(`revoked: {tokens: ["cert:%x"]}`, sum[:8]))
	p := startBefore(t, recorded(t), yaml)
	const query, shown, withheld = `{"query": "{ payment(id: 4994) { id } }"}`, `{"data":{"payment":{"id":"4994"}}}`, `{"data":{"payment":null}}`
	own := "Origin: " + p.public
	for name, c := range map[string]struct {
		certificate tls.Certificate
		fields      []string
		status      int
		want        string
		rest        int
	}{
		"a machine":                    {billing, nil, 200, shown, 200},
		"a page of the gateway's own":  {billing, []string{own}, 200, shown, 200},
		"a page that is listed":        {billing, []string{"Origin: https://shop.example"}, 200, shown, 200},
		"a page of a stranger":         {billing, []string{"Origin: https://evil.example"}, 403, "", 403},
		"beside a token, which counts": {billing, []string{"Authorization: Bearer " + p.token(t, "stranger")}, 200, withheld, 404},
		"beside a token of nobody":     {billing, []string{"Authorization: Bearer " + canary}, 401, "", 401},
		"that nobody knows":            {unknown, nil, 401, "", 401},
		"that nobody knows, a token":   {unknown, []string{"Authorization: Bearer " + p.token(t, "customer")}, 200, shown, 200},
		"that was taken back":          {taken, nil, 401, "", 401},
		"none":                         {tls.Certificate{}, nil, 401, "", 401},
		"none, but a field that names one": {tls.Certificate{}, []string{
			"X-Forwarded-Client-Cert: URI=spiffe://example.com/billing",
			"X-Client-Cert: billing",
		}, 401, "", 401},
	} {
		for version := 1; version <= 2; version++ {
			t.Run(fmt.Sprintf("%s, HTTP/%d", name, version), func(t *testing.T) {
				client := showing(t, roots, version, c.certificate)
				r := sendBy(t, client, p.shows(t, http.MethodPost, "/graphql", query, c.fields...))
				if r.status != c.status || c.want != "" && strings.TrimSpace(string(r.body)) != c.want {
					t.Errorf("got %d %s, want %d %s", r.status, r.body, c.status, c.want)
				}
				if r := sendBy(t, client, p.shows(t, http.MethodGet, "/v2/payments/4994", "", c.fields...)); r.status != c.rest {
					t.Errorf("over REST, got %d %s, want %d", r.status, r.body, c.rest)
				}
			})
		}
	}
	for _, call := range p.services.Calls() {
		if id := call.Header.Get("X-User-Id"); id == "taken" || id == "" {
			t.Errorf("a service is told of %q", id)
		}
	}
	t.Run("of another authority", func(t *testing.T) {
		res, err := showing(t, roots, 1, foreign.issue(t, "spiffe://example.com/billing")).Do(p.shows(t, http.MethodPost, "/graphql", query))
		if err == nil {
			_ = res.Body.Close()
			t.Errorf("it is answered with %s", res.Status)
		}
	})
}
