package certificate

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/concierge-gateway/concierge/auth/credential"
)

// maxOwnerBytes is the most that a caller's name has.
const maxOwnerBytes = 256

// Config says which client certificates name a caller. Without identities none does.
type Config struct {
	// Identities are tried in their order: the first that fits a certificate counts, and no other adds to it.
	Identities []Identity `yaml:"identities"`
}

// Identity is one name that certificates have, and what it stands for. Exactly one of uri, dns, email and subject is given.
type Identity struct {
	// URI is a URI among the certificate's alternative names, such as a SPIFFE ID. It is compared exactly.
	URI string `yaml:"uri"`
	// DNS is a DNS name among them, in any case. A wildcard is no pattern here, and not allowed.
	DNS string `yaml:"dns"`
	// Email is an e-mail address among them. It is compared exactly.
	Email string `yaml:"email"`
	// Subject is the certificate's whole subject as RFC 2253 writes it: the last part first, without spaces around commas, such
	// as CN=billing,O=Example\, Inc. It is compared exactly. Kinds of parts that RFC 2253 has no letters for are written as
	// numbers, such as 1.2.840.113549.1.9.1=#….
	Subject string `yaml:"subject"`
	// Owner is the caller that the certificate stands for. Several identities may have one owner.
	Owner string `yaml:"owner"`
	// Scopes are what this caller may do.
	Scopes []string `yaml:"scopes"`
	// Plan is the name of the bundle of limits that this caller has: at most 100 bytes without spaces. Empty is none.
	Plan string `yaml:"plan"`
	// Tenant is whom this caller belongs to: at most 100 bytes without spaces. Empty is nobody.
	Tenant string `yaml:"tenant"`
}

// Validate reports identities that fit no certificate, fit any, or stand for nobody.
func (c Config) Validate(fail func(path, message string)) {
	seen := make(map[name]int)
	for i, identity := range c.Identities {
		path := fmt.Sprintf("identities[%d]", i)
		below := func(field, message string) { fail(path+"."+field, message) }
		names := identity.names()
		if len(names) != 1 {
			fail(path, "must have exactly one of uri, dns, email and subject")
		}
		for _, n := range names {
			if message := n.mistake(); message != "" {
				below(string(n.kind), message)
			}
			if first, ok := seen[n.folded()]; ok {
				below(string(n.kind), fmt.Sprintf("repeats identities[%d], which comes first", first))
				continue
			}
			seen[n.folded()] = i
		}
		identity.validateGrant(below)
	}
}

func (i Identity) validateGrant(fail func(path, message string)) {
	if i.Owner == "" || len(i.Owner) > maxOwnerBytes || strings.ContainsFunc(i.Owner, unicode.IsControl) {
		fail("owner", fmt.Sprintf("must have 1 to %d bytes and no control characters", maxOwnerBytes))
	}
	for j, scope := range i.Scopes {
		if scope == "" || strings.ContainsFunc(scope, unicode.IsSpace) {
			fail(fmt.Sprintf("scopes[%d]", j), "must be one scope, without spaces")
		}
	}
	if credential.Name(i.Plan) != i.Plan {
		fail("plan", "must be at most 100 bytes of text that can be printed, without spaces")
	}
	if credential.Name(i.Tenant) != i.Tenant {
		fail("tenant", "must be at most 100 bytes of text that can be printed, without spaces")
	}
}

// grant is what an identity stands for. An application that shows a certificate acts for itself, so its owner is the client too,
// where that can be the name of one.
func (i Identity) grant() credential.Grant {
	return credential.Grant{
		Subject: i.Owner, Scopes: slices.Clone(i.Scopes), Plan: credential.Name(i.Plan), Client: credential.Name(i.Owner),
		Tenant: credential.Name(i.Tenant),
	}
}
