package resource

import (
	"net/netip"
	"net/url"
	"strings"
)

// place is the URL of a resource: such as https://api.example.com, and /mcp.
type place struct{ origin, path string }

func placeOf(u *url.URL) place { return place{u.Scheme + "://" + u.Host, u.EscapedPath()} }

// identifier names the resource.
func (p place) identifier() string { return p.origin + p.path }

// metadata is where its metadata are. A path that is the slash behind the host alone is none (RFC 9728, section 3.1).
func (p place) metadata() string {
	if p.path == "/" {
		return p.origin + WellKnown
	}
	return p.origin + WellKnown + p.path
}

// isHost reports whether a text is a name or an address, with or without a port, in letters that end nothing that it stands in.
func isHost(text string) bool {
	u, err := url.Parse("//" + text)
	if err != nil || u.Host != text || u.Host == "" || strings.HasSuffix(u.Host, ":") {
		return false
	}
	name := u.Hostname()
	if strings.HasPrefix(text, "[") {
		address, err := netip.ParseAddr(name)
		return err == nil && address.Zone() == "" // a zone means something on one machine alone
	}
	return name != "" && !strings.ContainsFunc(name, notInName)
}

func notInName(c rune) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	digit := '0' <= c && c <= '9'
	return !letter && !digit && !strings.ContainsRune(".-_", c)
}
