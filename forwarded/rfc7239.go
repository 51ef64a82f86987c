package forwarded

import (
	"net/netip"
	"strings"
)

// lastElement takes the last element off a Forwarded (RFC 7239, section 4). It reads from the right, so that nothing that a
// client wrote before can change what a proxy added. An element that is not well formed says nothing.
func lastElement(field string) (rest string, entry said) {
	rest, element, ok := cutLast(field, ',')
	if !ok {
		return "", said{}
	}
	var seen said
	var node string
	for more := true; more; {
		var pair string
		element, pair, ok = cutLast(element, ';')
		more = element != ""
		name, value, isPair := parsePair(pair)
		if !ok || !isPair {
			return rest, said{}
		}
		if !seen.take(name, value, &node) {
			return rest, said{} // a parameter must not occur twice
		}
	}
	seen.address = nodeOf(node)
	return rest, seen
}

// take keeps a parameter, and reports false where it has one already.
func (s *said) take(name, value string, node *string) bool {
	var to *string
	switch {
	case strings.EqualFold(name, "for"):
		to = node
	case strings.EqualFold(name, "proto"):
		to = &s.proto
	case strings.EqualFold(name, "host"):
		to = &s.host
	default:
		return true
	}
	if *to != "" {
		return false
	}
	*to = value
	return true
}

// cutLast cuts at the last separator that is in no quotes. ok is false where quotes do not match.
func cutLast(text string, separator byte) (before, after string, ok bool) {
	quoted := false
	for i := len(text) - 1; i >= 0; i-- {
		switch {
		case text[i] == '"' && (!quoted || !escaped(text, i)):
			quoted = !quoted
		case text[i] == separator && !quoted:
			return text[:i], strings.Trim(text[i+1:], " \t"), true
		}
	}
	return "", strings.Trim(text, " \t"), !quoted
}

// escaped reports whether an odd number of backslashes stands before a character.
func escaped(text string, at int) bool {
	before := strings.TrimRight(text[:at], `\`)
	return (at-len(before))%2 == 1
}

// parsePair reads a parameter. Quotes are removed; a value that needs escapes within them is none that matters here, and ends
// up as something that is no address, scheme or host.
func parsePair(pair string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(pair, "=")
	if !ok || name == "" || strings.IndexFunc(name, notToken) >= 0 {
		return "", "", false
	}
	if inner, isQuoted := strings.CutPrefix(value, `"`); isQuoted {
		inner, closed := strings.CutSuffix(inner, `"`)
		return name, inner, closed
	}
	return name, value, value != "" && strings.IndexFunc(value, notToken) < 0
}

// notToken tells what must not stand in a token (RFC 9110, section 5.6.2).
func notToken(c rune) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	digit := '0' <= c && c <= '9'
	return !letter && !digit && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}

// nodeOf reads who is meant (RFC 7239, section 6): an address, IPv6 in brackets, with a port or without. "unknown" and names that
// hide an address are none.
func nodeOf(node string) netip.Addr {
	address := addressOf(node)
	if address.Is6() && !strings.HasPrefix(node, "[") {
		return netip.Addr{}
	}
	return address
}
