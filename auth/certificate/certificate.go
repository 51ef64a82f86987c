// Package certificate answers who a client certificate names.
package certificate

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// Names knows the callers that certificates name. It may be used by several goroutines.
type Names struct {
	grants []credential.Grant // by the order of their identities, without what each certificate says itself

	// The first identity of each name. URIs are compared as they are parsed, since a certificate holds them so.
	uris                    map[url.URL]int
	hosts, emails, subjects map[string]int

	written *otter.Cache[sum, int] // what bySubject found for the certificates of late
}

// sum is a certificate's SHA-256.
type sum [sha256.Size]byte

// maxWritten bounds the certificates whose subjects are remembered: to write one costs more than all the rest.
const maxWritten = 4096

// New is the Names of c. Identities with mistakes that Validate reports are never found.
func New(c Config) *Names {
	n := &Names{
		uris: make(map[url.URL]int), hosts: make(map[string]int), emails: make(map[string]int), subjects: make(map[string]int),
		written: otter.Must(&otter.Options[sum, int]{MaximumSize: maxWritten}),
	}
	for i, identity := range c.Identities {
		n.grants = append(n.grants, identity.grant())
		if names := identity.names(); identity.Owner != "" && len(names) == 1 && names[0].mistake() == "" {
			n.add(names[0].folded(), i)
		}
	}
	return n
}

func (n *Names) add(given name, i int) {
	switch given.kind {
	case uri:
		u, _ := url.Parse(given.text) // it has no mistake
		addFirst(n.uris, *u, i)
	case dns:
		addFirst(n.hosts, given.text, i)
	case email:
		addFirst(n.emails, given.text, i)
	default:
		addFirst(n.subjects, given.text, i)
	}
}

func addFirst[K comparable](to map[K]int, key K, i int) {
	if _, ok := to[key]; !ok {
		to[key] = i
	}
}

// Of is what the certificate of a connection grants. A certificate counts only where the server has verified it against its
// authorities, and only while it is good: a connection may outlive it. The names are those of the leaf, not of the authorities
// above it. Where several identities fit, the first that is configured counts. The grant's ID is "cert:" and the first 8 bytes of
// the leaf's SHA-256 in hex; Issued is the certificate's first moment, since it says no other. Its Scopes must not be changed:
// other callers read them.
func (n *Names) Of(state *tls.ConnectionState) (credential.Grant, bool) {
	if state == nil || len(state.VerifiedChains) == 0 || len(state.VerifiedChains[0]) == 0 {
		return credential.Grant{}, false
	}
	leaf := state.VerifiedChains[0][0] // all chains begin with it
	if !time.Now().Before(leaf.NotAfter) {
		return credential.Grant{}, false
	}
	of := sum(sha256.Sum256(leaf.Raw))
	first := n.find(leaf, of)
	if first == len(n.grants) {
		return credential.Grant{}, false
	}
	grant := n.grants[first]
	grant.ID, grant.Issued, grant.Until = of.id(), leaf.NotBefore, leaf.NotAfter
	return grant, true
}

func (s sum) id() string {
	var text [len("cert:") + 16]byte
	hex.Encode(text[copy(text[:], "cert:"):], s[:8])
	return string(text[:])
}

// find is the first identity that fits, or the number of identities where none does.
func (n *Names) find(leaf *x509.Certificate, of sum) int {
	first := len(n.grants)
	if len(n.uris) > 0 {
		for _, u := range leaf.URIs {
			first = earlier(first, n.uris, *u)
		}
	}
	if len(n.hosts) > 0 {
		for _, host := range leaf.DNSNames {
			first = earlier(first, n.hosts, strings.ToLower(host))
		}
	}
	if len(n.emails) > 0 {
		for _, address := range leaf.EmailAddresses {
			first = earlier(first, n.emails, address)
		}
	}
	if len(n.subjects) > 0 {
		first = min(first, n.bySubject(leaf, of))
	}
	return first
}

func (n *Names) bySubject(leaf *x509.Certificate, of sum) int {
	if known, ok := n.written.GetIfPresent(of); ok {
		return known
	}
	found := earlier(len(n.grants), n.subjects, subjectOf(leaf))
	n.written.Set(of, found)
	return found
}

func earlier[K comparable](first int, among map[K]int, key K) int {
	if i, ok := among[key]; ok && i < first {
		return i
	}
	return first
}

// subjectOf writes a subject as RFC 2253 does. It reads the certificate's bytes: pkix.Name keeps one common name of several and
// forgets their order, so that another subject could be written alike.
func subjectOf(leaf *x509.Certificate) string {
	var parts pkix.RDNSequence
	if rest, err := asn1.Unmarshal(leaf.RawSubject, &parts); err != nil || len(rest) > 0 {
		return ""
	}
	return parts.String()
}
