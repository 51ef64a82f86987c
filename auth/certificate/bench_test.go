package certificate_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/url"
	"testing"

	"github.com/concierge-gateway/concierge/auth/certificate"
)

// BenchmarkOf is what each request of a connection with a client certificate costs.
func BenchmarkOf(b *testing.B) {
	ca := newAuthority(b)
	client, server := ca.sides(b, ca.issue(b, x509.Certificate{
		Subject:  pkix.Name{CommonName: "billing", Organization: []string{"Example, Inc."}, Country: []string{"DE"}},
		URIs:     []*url.URL{mustParse(b, "spiffe://example/billing")},
		DNSNames: []string{"billing.example"},
	}))
	state := connect(b, client, server)
	var many []certificate.Identity
	for i := range 1000 {
		many = append(many, certificate.Identity{URI: fmt.Sprint("spiffe://example/", i), Owner: "x"})
	}
	for name, identity := range map[string]certificate.Identity{
		"uri":     {URI: "spiffe://example/billing", Owner: "b"},
		"dns":     {DNS: "billing.example", Owner: "b"},
		"subject": {Subject: `CN=billing,O=Example\, Inc.,C=DE`, Owner: "b"},
	} {
		b.Run(name, func(b *testing.B) {
			all := names(append(many[:1000:1000], identity)...)
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := all.Of(&state); !ok {
					b.Fatal("nobody was found")
				}
			}
		})
	}
}
