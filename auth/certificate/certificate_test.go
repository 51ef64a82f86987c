package certificate_test

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth/certificate"
	"github.com/concierge-gateway/concierge/auth/credential"
)

func names(identities ...certificate.Identity) *certificate.Names {
	return certificate.New(certificate.Config{Identities: identities})
}

func TestACertificateNamesACaller(t *testing.T) {
	type identity = certificate.Identity
	billing := x509.Certificate{
		Subject:        pkix.Name{CommonName: "billing", Organization: []string{"Example, Inc."}, Country: []string{"DE"}},
		URIs:           []*url.URL{mustParse(t, "spiffe://example/a"), mustParse(t, "spiffe://example/billing?x=%41")},
		DNSNames:       []string{"a.example", "Billing.Example"},
		EmailAddresses: []string{"Billing@example.com"},
	}
	tests := map[string]struct {
		template   x509.Certificate
		identities []identity
		want       string
	}{
		"by URI":                          {billing, []identity{{URI: "spiffe://example/billing?x=%41", Owner: "b"}}, "b"},
		"by URI in another case":          {billing, []identity{{URI: "spiffe://example/Billing?x=%41", Owner: "b"}}, ""},
		"by URI with a slash more":        {billing, []identity{{URI: "spiffe://example/a/", Owner: "b"}}, ""},
		"by URI with a mark more":         {billing, []identity{{URI: "spiffe://example/a?", Owner: "b"}}, ""},
		"by the start of a URI":           {billing, []identity{{URI: "spiffe://example/", Owner: "b"}}, ""},
		"by URI in another spelling":      {billing, []identity{{URI: "spiffe://example/billing?x=A", Owner: "b"}}, ""},
		"by DNS in another case":          {billing, []identity{{DNS: "bILLING.example", Owner: "b"}}, "b"},
		"by DNS of a parent":              {billing, []identity{{DNS: "example", Owner: "b"}}, ""},
		"by email":                        {billing, []identity{{Email: "Billing@example.com", Owner: "b"}}, "b"},
		"by email in another case":        {billing, []identity{{Email: "billing@example.com", Owner: "b"}}, ""},
		"by subject":                      {billing, []identity{{Subject: `CN=billing,O=Example\, Inc.,C=DE`, Owner: "b"}}, "b"},
		"by subject in another order":     {billing, []identity{{Subject: `C=DE,O=Example\, Inc.,CN=billing`, Owner: "b"}}, ""},
		"by a part of the subject":        {billing, []identity{{Subject: `CN=billing`, Owner: "b"}}, ""},
		"by an email that is a DNS name":  {billing, []identity{{Email: "a.example", Owner: "b"}}, ""},
		"by a DNS name of the authority":  {billing, []identity{{DNS: "authority.example", Owner: "b"}}, ""},
		"by the subject of the authority": {billing, []identity{{Subject: "CN=authority", Owner: "b"}}, ""},
		"by nothing configured":           {billing, nil, ""},
		"by an identity without a name":   {billing, []identity{{Owner: "b"}}, ""},
		"by an identity without an owner": {billing, []identity{{DNS: "a.example"}}, ""},
		"by an identity with two names":   {billing, []identity{{DNS: "a.example", Email: "x@example.com", Owner: "b"}}, ""},
		"without any name":                {x509.Certificate{}, []identity{{DNS: "a.example", Owner: "b"}, {Subject: "CN=x", Owner: "c"}}, ""},
		"by the first of several": {billing, []identity{
			{DNS: "x.example", Owner: "x"},
			{Subject: `CN=billing,O=Example\, Inc.,C=DE`, Owner: "s"},
			{Email: "Billing@example.com", Owner: "e"},
			{DNS: "a.example", Owner: "d"},
			{URI: "spiffe://example/a", Owner: "u"},
		}, "s"},
		"by the first of several, backwards": {billing, []identity{
			{URI: "spiffe://example/a", Owner: "u"},
			{DNS: "a.example", Owner: "d"},
			{Email: "Billing@example.com", Owner: "e"},
			{Subject: `CN=billing,O=Example\, Inc.,C=DE`, Owner: "s"},
		}, "u"},
		"by the first of two alike":      {billing, []identity{{DNS: "a.example", Owner: "1"}, {DNS: "A.example", Owner: "2"}}, "1"},
		"by one of another order within": {billing, []identity{{DNS: "billing.example", Owner: "1"}, {DNS: "a.example", Owner: "2"}}, "1"},
	}
	ca := newAuthority(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client, server := ca.sides(t, ca.issue(t, tt.template))
			state := connect(t, client, server)
			grant, ok := names(tt.identities...).Of(&state)
			if grant.Subject != tt.want || ok != (tt.want != "") {
				t.Errorf("got %q, %v", grant.Subject, ok)
			}
		})
	}
}

func TestAGrantSaysWhichCertificateItIs(t *testing.T) {
	ca := newAuthority(t)
	cert := ca.issue(t, x509.Certificate{DNSNames: []string{"a.example"}})
	state := connect(t, first(ca.sides(t, cert)), second(ca.sides(t, cert)))
	got, ok := names(certificate.Identity{
		DNS: "a.example", Owner: "billing", Scopes: []string{"orders:read", "users:read"}, Plan: "gold", Tenant: "acme",
	}).Of(&state)
	sum := sha256.Sum256(cert.Certificate[0])
	want := credential.Grant{
		Subject: "billing",
		Scopes:  []string{"orders:read", "users:read"},
		Plan:    "gold",
		Client:  "billing",
		Tenant:  "acme",
		ID:      fmt.Sprintf("cert:%x", sum[:8]),
		Issued:  cert.Leaf.NotBefore,
		Until:   cert.Leaf.NotAfter,
	}
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Error(diff, ok)
	}
}

func TestAnOwnerIsTheClientWhereItCanBeOne(t *testing.T) {
	ca := newAuthority(t)
	cert := ca.issue(t, x509.Certificate{DNSNames: []string{"a.example"}})
	state := connect(t, first(ca.sides(t, cert)), second(ca.sides(t, cert)))
	long := strings.Repeat("a", 100)
	for owner, want := range map[string]string{"billing": "billing", long: long, long + "a": "", "Billing Department": ""} {
		got, ok := names(certificate.Identity{DNS: "a.example", Owner: owner}).Of(&state)
		if !ok || got.Subject != owner || got.Client != want || got.Plan != "" || got.Tenant != "" {
			t.Errorf("%q gives %+v", owner, got)
		}
	}
}

func first(config, _ *tls.Config) *tls.Config  { return config }
func second(_, config *tls.Config) *tls.Config { return config }

// TestSubjectsAreNotMistakenForEachOther has subjects of which pkix.Name, or a writer without escapes, makes the same.
func TestSubjectsAreNotMistakenForEachOther(t *testing.T) {
	cn, o := asn1.ObjectIdentifier{2, 5, 4, 3}, asn1.ObjectIdentifier{2, 5, 4, 10}
	part := func(kind asn1.ObjectIdentifier, value string) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: kind, Value: value}
	}
	tests := map[string]struct {
		parts pkix.RDNSequence
		want  string
	}{
		"one name":                {pkix.RDNSequence{{part(cn, "admin")}}, "CN=admin"},
		"two names":               {pkix.RDNSequence{{part(cn, "x")}, {part(cn, "admin")}}, "CN=admin,CN=x"},
		"two names, turned":       {pkix.RDNSequence{{part(cn, "admin")}, {part(cn, "x")}}, "CN=x,CN=admin"},
		"two names in one part":   {pkix.RDNSequence{{part(cn, "x"), part(o, "y")}}, "CN=x+O=y"},
		"the same in two parts":   {pkix.RDNSequence{{part(o, "y")}, {part(cn, "x")}}, "CN=x,O=y"},
		"a name with a comma":     {pkix.RDNSequence{{part(cn, "x,O=y")}}, `CN=x\,O=y`},
		"a name with a plus":      {pkix.RDNSequence{{part(cn, "x+O=y")}}, `CN=x\+O=y`},
		"a name with spaces":      {pkix.RDNSequence{{part(cn, " x y ")}}, `CN=\ x y\ `},
		"a name with a slash":     {pkix.RDNSequence{{part(cn, `x\`)}}, `CN=x\\`},
		"a name of a rare kind":   {pkix.RDNSequence{{part(asn1.ObjectIdentifier{1, 2, 3}, "x")}}, "1.2.3=#130178"},
		"a name in other scripts": {pkix.RDNSequence{{part(cn, "müller")}}, "CN=müller"},
	}
	var identities []certificate.Identity
	for name, tt := range tests {
		identities = append(identities, certificate.Identity{Subject: tt.want, Owner: name})
	}
	config := certificate.Config{Identities: identities}
	config.Validate(func(path, message string) { t.Errorf("%s %s", path, message) })
	all := certificate.New(config)
	ca := newAuthority(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			raw, err := asn1.Marshal(tt.parts)
			if err != nil {
				t.Fatal(err)
			}
			client, server := ca.sides(t, ca.issue(t, x509.Certificate{RawSubject: raw}))
			state := connect(t, client, server)
			for range 2 { // the second time from memory
				if grant, _ := all.Of(&state); grant.Subject != name {
					t.Errorf("got %q", grant.Subject)
				}
			}
		})
	}
}

func TestOnlyAVerifiedCertificateCounts(t *testing.T) {
	all := names(certificate.Identity{DNS: "a.example", Owner: "a"})
	ca, stranger := newAuthority(t), newAuthority(t)
	template := x509.Certificate{DNSNames: []string{"a.example"}}

	t.Run("no connection", func(t *testing.T) { refused(t, all, nil) })
	t.Run("an empty state", func(t *testing.T) { refused(t, all, &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{}}}) })
	t.Run("no certificate", func(t *testing.T) {
		state := connect(t, first(ca.sides(t)), second(ca.sides(t)))
		refused(t, all, &state)
	})
	for _, policy := range []tls.ClientAuthType{tls.RequestClientCert, tls.RequireAnyClientCert} {
		t.Run(policy.String(), func(t *testing.T) {
			client, server := ca.sides(t, stranger.issue(t, template))
			server.ClientAuth = policy
			client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				return &client.Certificates[0], nil
			}
			state := connect(t, client, server)
			if len(state.PeerCertificates) == 0 {
				t.Fatal("the certificate was not sent")
			}
			refused(t, all, &state)
		})
	}
}

func refused(t *testing.T, all *certificate.Names, state *tls.ConnectionState) {
	t.Helper()
	if grant, ok := all.Of(state); ok || grant.Subject != "" {
		t.Errorf("got %+v", grant)
	}
}

func TestACertificateCountsNoLongerThanItIsGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := newAuthority(t)
		client, server := ca.sides(t, ca.issue(t, x509.Certificate{DNSNames: []string{"a.example"}}))
		near, far := net.Pipe() // a socket would stop the clock
		state := shakeHands(t, tls.Client(near, client), tls.Server(far, server))
		all := names(certificate.Identity{DNS: "a.example", Owner: "a"})
		time.Sleep(24*time.Hour - 1)
		if _, ok := all.Of(&state); !ok {
			t.Error("refused before its end")
		}
		time.Sleep(time.Nanosecond)
		refused(t, all, &state)
	})
}

func TestAResumedConnectionIsStillTheCallers(t *testing.T) {
	ca := newAuthority(t)
	client, server := ca.sides(t, ca.issue(t, x509.Certificate{DNSNames: []string{"a.example"}}))
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			client.MaxVersion = version
			client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
			connect(t, client, server)
			state := connect(t, client, server)
			if !state.DidResume {
				t.Fatal("the connection was not resumed")
			}
			if grant, ok := names(certificate.Identity{DNS: "a.example", Owner: "a"}).Of(&state); !ok || grant.Subject != "a" {
				t.Errorf("got %+v, %v", grant, ok)
			}
		})
	}
}

func TestScopesAreThoseThatWereConfigured(t *testing.T) {
	ca := newAuthority(t)
	client, server := ca.sides(t, ca.issue(t, x509.Certificate{DNSNames: []string{"a.example"}}))
	state := connect(t, client, server)
	scopes := []string{"a"}
	all := names(certificate.Identity{DNS: "a.example", Owner: "a", Scopes: scopes})
	scopes[0] = "b"
	if grant, _ := all.Of(&state); grant.Scopes[0] != "a" {
		t.Errorf("got %v", grant.Scopes)
	}
}
