package listening

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"time"
)

// catalogue finds certificates by the names that they are for. It is not changed once it was made.
type catalogue struct {
	byName map[string][]*tls.Certificate // in lower case; wildcards as *.example.com
	all    []*tls.Certificate            // in their order in the configuration
}

func newCatalogue(all []*tls.Certificate) *catalogue {
	c := &catalogue{byName: make(map[string][]*tls.Certificate), all: all}
	for _, each := range all {
		for _, name := range names(each.Leaf) {
			c.byName[name] = append(c.byName[name], each)
		}
	}
	return c
}

// names are those that a certificate is for. The common name is none of them (RFC 9525, section 2).
func names(leaf *x509.Certificate) []string {
	all := make([]string, 0, len(leaf.DNSNames)+len(leaf.IPAddresses))
	for _, name := range leaf.DNSNames {
		all = append(all, strings.ToLower(strings.TrimSuffix(name, ".")))
	}
	for _, address := range leaf.IPAddresses {
		all = append(all, address.String())
	}
	return all
}

// find is the certificate for whom a client asks: of those with the name itself, or else with a wildcard for it (which stands
// for one label, RFC 9525, section 6.3). nil where there is none.
func (c *catalogue) find(hello *tls.ClientHelloInfo, now time.Time) *tls.Certificate {
	name := asked(hello)
	if best := suitable(c.byName[name], hello, now); best != nil {
		return best
	}
	if hello.ServerName == "" {
		return nil
	}
	_, parent, ok := strings.Cut(name, ".")
	if !ok {
		return nil
	}
	return suitable(c.byName["*."+parent], hello, now)
}

// first is the certificate for who names no host, or one that is not known: the first in the configuration, or one for the same
// name that the client can use. nil where there is none.
func (c *catalogue) first(hello *tls.ClientHelloInfo, now time.Time) *tls.Certificate {
	if len(c.all) == 0 {
		return nil
	}
	alike := c.all[:1]
	if of := names(c.all[0].Leaf); len(of) > 0 {
		alike = c.byName[of[0]]
	}
	return suitable(alike, hello, now)
}

// asked is the name that a client wants, or the address that it called where it names nobody.
func asked(hello *tls.ClientHelloInfo) string {
	if hello.ServerName != "" {
		return strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	}
	if hello.Conn == nil {
		return ""
	}
	host, _, err := net.SplitHostPort(hello.Conn.LocalAddr().String())
	if err != nil {
		return ""
	}
	return host
}

// suitable is the first certificate that the client can use and that counts now, or else the first that it can use, or else the
// first: the handshake says then what is wrong.
func suitable(choices []*tls.Certificate, hello *tls.ClientHelloInfo, now time.Time) *tls.Certificate {
	var best *tls.Certificate
	for _, each := range choices {
		if len(choices) > 1 && !usable(each, hello) {
			continue
		}
		if !now.Before(each.Leaf.NotBefore) && now.Before(each.Leaf.NotAfter) {
			return each
		}
		if best == nil {
			best = each
		}
	}
	if best == nil && len(choices) > 0 {
		best = choices[0]
	}
	return best
}

// usable tells whether a client knows the certificate's kind of key. Its name was compared already, and may be another on
// purpose.
func usable(c *tls.Certificate, hello *tls.ClientHelloInfo) bool {
	nameless := *hello
	nameless.ServerName = ""
	return nameless.SupportsCertificate(c) == nil
}
