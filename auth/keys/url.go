package keys

import (
	"net/netip"
	"net/url"
)

// urlMistake says what is wrong with a URL that keys are read from, or nothing.
func urlMistake(text string, insecure bool) string {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return "must be a URL with https and a host"
	case u.User != nil:
		return "must not hold a user or a password"
	case u.Fragment != "":
		return "must not have a fragment"
	case u.Scheme == "http" && !insecure && !onThisMachine(u.Hostname()):
		return "must be https: whoever is on the way could put in keys of their own (insecure: true allows it)"
	default:
		return ""
	}
}

// issuerMistake asks for more: a path is put behind an issuer (OpenID Connect Discovery 1.0, section 3).
func issuerMistake(text string, insecure bool) string {
	if message := urlMistake(text, insecure); message != "" {
		return message
	}
	if u, err := url.Parse(text); err != nil || u.RawQuery != "" || u.ForceQuery {
		return "must not have a query"
	}
	return ""
}

// onThisMachine reports whether a host is reached over no network.
func onThisMachine(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}
