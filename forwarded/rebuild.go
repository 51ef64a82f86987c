package forwarded

import (
	"net/http"
	"net/netip"
	"strings"
)

// The fields that tell a service where a request comes from.
const (
	forwardedHeader = "Forwarded"
	forHeader       = "X-Forwarded-For"
	protoHeader     = "X-Forwarded-Proto"
	hostHeader      = "X-Forwarded-Host"
	realIPHeader    = "X-Real-Ip"
)

// Rebuild has the header of a request to a service say where the request comes from, and nobody else say that: every other
// X-Forwarded field goes, however it is spelled. The chain begins with the client and ends with who connected to the gateway;
// what the client said of who stands before it is left out.
func (c Client) Rebuild(h http.Header) {
	for name := range h {
		if tellsOrigin(name) {
			delete(h, name)
		}
	}
	values := make([]string, 0, 5)
	set := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	var room [256]byte
	standard := c.appendForwarded(room[:0])
	all := string(c.Addr.AppendTo(standard)) // one piece of memory
	set(forwardedHeader, all[:len(standard)])
	set(protoHeader, c.Proto)
	if c.Host != "" {
		set(hostHeader, c.Host)
	}
	if !c.Addr.IsValid() {
		return
	}
	client := all[len(standard):]
	set(realIPHeader, client)
	if len(c.proxies) == 0 {
		set(forHeader, client)
		return
	}
	set(forHeader, string(c.appendFor(room[:0])))
}

// tellsOrigin reports whether a field says where a request comes from, to services that read _ for - and to others.
func tellsOrigin(name string) bool {
	const prefix = "X-Forwarded-"
	return strings.EqualFold(name, forwardedHeader) || spells(name, realIPHeader) ||
		len(name) > len(prefix) && spells(name[:len(prefix)], prefix)
}

// spells compares names in any case, where a hyphen can be anything that is neither letter nor digit.
func spells(name, want string) bool {
	if len(name) != len(want) {
		return false
	}
	for i := range len(name) {
		b := name[i]
		same := want[i] != '-' && b|0x20 == want[i]|0x20
		if !same && (want[i] != '-' || isAlphanumeric(b)) {
			return false
		}
	}
	return true
}

func isAlphanumeric(b byte) bool {
	return 'a' <= b|0x20 && b|0x20 <= 'z' || '0' <= b && b <= '9'
}

// appendFor writes the chain as X-Forwarded-For.
func (c Client) appendFor(to []byte) []byte {
	to = c.Addr.AppendTo(to)
	for _, proxy := range c.proxies {
		to = proxy.AppendTo(append(to, ", "...))
	}
	return to
}

// appendForwarded writes the chain as Forwarded. Scheme and host belong to the client's own request, which is the first.
func (c Client) appendForwarded(to []byte) []byte {
	to = appendNode(append(to, "for="...), c.Addr)
	if c.Host != "" {
		to = append(append(append(to, `;host="`...), c.Host...), '"')
	}
	to = append(append(to, ";proto="...), c.Proto...)
	for _, proxy := range c.proxies {
		to = appendNode(append(to, ", for="...), proxy)
	}
	return to
}

// appendNode writes an address so that IPv6 can be told from a port.
func appendNode(to []byte, address netip.Addr) []byte {
	switch {
	case !address.IsValid():
		return append(to, "unknown"...)
	case address.Is6():
		return append(address.AppendTo(append(to, `"[`...)), `]"`...)
	default:
		return address.AppendTo(to)
	}
}
