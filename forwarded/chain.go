package forwarded

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/networks"
)

// The bounds of what is read of a chain. A longer one ends where it is too long.
const (
	maxEntries = 32
	maxBytes   = 4 << 10
)

// chain is the way of a request as far as it is known, from the gateway to the client.
type chain struct {
	addresses [1 + maxEntries]netip.Addr
	n         int  // how many of them are known
	said      said // by the proxy that is nearest to the client
}

// said is what one entry says.
type said struct {
	address     netip.Addr // not valid where it is none
	proto, host string
}

// walk follows a chain to the left for as long as trusted proxies wrote it. cut takes the last entry off a field.
func (t *Trust) walk(c *chain, peer netip.Addr, fields []string, cut func(field string) (rest string, entry said)) {
	c.addresses[0], c.n = peer, 1
	left := maxBytes
	for _, field := range slices.Backward(fields) {
		for more := true; more; more = field != "" {
			rest, entry := cut(field)
			left -= len(field) - len(rest)
			if left < 0 || c.n == len(c.addresses) || !entry.address.IsValid() {
				return
			}
			c.addresses[c.n], c.said = entry.address, entry
			c.n++
			if !t.trusts(entry.address) {
				return
			}
			field = rest
		}
	}
}

// cut is the client, and the proxies that lead from there.
func (c *chain) cut() (client netip.Addr, proxies []netip.Addr) {
	proxies = slices.Clone(c.addresses[:c.n-1])
	slices.Reverse(proxies)
	return c.addresses[c.n-1], proxies
}

// lastAddress takes the last entry off an X-Forwarded-For.
func lastAddress(field string) (rest string, entry said) {
	rest, last := lastMember(field)
	return rest, said{address: addressOf(last)}
}

// lastMember takes the last member off a comma-separated list without quotes.
func lastMember(field string) (rest, member string) {
	comma := strings.LastIndexByte(field, ',')
	return field[:max(comma, 0)], strings.Trim(field[comma+1:], " \t")
}

// fromRight is the n-th member of a list, or the first of a shorter one. Of n proxies, each may have added to the list or left
// it as it was, so that is what the one nearest to the client said.
func fromRight(fields []string, n int) string {
	var member string
	for _, field := range slices.Backward(fields) {
		for ; field != "" && n > 0; n-- {
			field, member = lastMember(field)
		}
	}
	return member
}

// addressOf reads an address with or without a port, and IPv6 with or without brackets. What is none is not valid.
func addressOf(text string) netip.Addr {
	const longest = len("[0000:0000:0000:0000:0000:0000:255.255.255.255%interface]:65535")
	if len(text) > longest {
		return netip.Addr{}
	}
	if address, err := netip.ParseAddr(text); err == nil {
		return networks.Plain(address)
	}
	if address, err := netip.ParseAddrPort(text); err == nil {
		return networks.Plain(address.Addr())
	}
	if inner, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(inner, "]") {
		if address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]")); err == nil && address.Is6() {
			return networks.Plain(address)
		}
	}
	return netip.Addr{}
}

// schemeOf is http or https, and empty for what is neither.
func schemeOf(text string) string {
	switch {
	case strings.EqualFold(text, "https"):
		return "https"
	case strings.EqualFold(text, "http"):
		return "http"
	default:
		return ""
	}
}

// hostOf is a host with or without a port, and empty for what cannot be one. What is in it stands in the fields of lists, and in
// quotes, so it must not end those.
func hostOf(text string) string {
	const longest = 255 + len(":65535")
	if len(text) > longest || strings.IndexFunc(text, notOfHosts) >= 0 {
		return ""
	}
	return text
}

func notOfHosts(c rune) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return false
	case c == '.', c == '-', c == '_', c == ':', c == '[', c == ']':
		return false
	default:
		return true
	}
}
