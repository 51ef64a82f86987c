package forwarded

import (
	"fmt"
	"net/netip"
	"strings"
)

// Config says which proxies stand before the gateway.
type Config struct {
	// TrustedProxies are the addresses, or ranges such as 10.0.0.0/8, of proxies that are believed in what they say of a request:
	// the client's address, and the scheme and host that it asked for. Whatever others say of that is forgotten.
	TrustedProxies []string `yaml:"trusted_proxies"`
}

// DefaultConfig trusts nobody: who connects is the client.
func DefaultConfig() Config { return Config{} }

// Validate reports what is neither an address nor a range, and ranges of everybody.
func (c Config) Validate(fail func(path, message string)) {
	seen := make(map[netip.Prefix]int)
	for i, text := range c.TrustedProxies {
		path := fmt.Sprintf("trusted_proxies[%d]", i)
		proxies, err := parseProxies(text)
		if err != nil {
			fail(path, err.Error())
			continue
		}
		if first, ok := seen[proxies]; ok {
			fail(path, fmt.Sprintf("repeats trusted_proxies[%d]", first))
			continue
		}
		seen[proxies] = i
	}
}

// mistake is what is wrong with an entry.
type mistake string

func (m mistake) Error() string { return string(m) }

// parseProxies reads one entry. An address is a range of one.
func parseProxies(text string) (netip.Prefix, error) {
	proxies, err := parseRange(text)
	switch {
	case err != nil:
		return netip.Prefix{}, err
	case proxies.Addr().Is4In6():
		return netip.Prefix{}, mistake("must be written as IPv4, without ::ffff:")
	case proxies != proxies.Masked():
		return netip.Prefix{}, mistake("has bits beyond its length: write " + proxies.Masked().String())
	case proxies.Bits() == 0:
		return netip.Prefix{}, mistake("is everybody, and whoever says so would be believed")
	}
	return proxies, nil
}

func parseRange(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		proxies, err := netip.ParsePrefix(text)
		if err != nil {
			return netip.Prefix{}, mistake("is no range such as 10.0.0.0/8 or 2001:db8::/32")
		}
		return proxies, nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" {
		return netip.Prefix{}, mistake("is no address, and no range such as 10.0.0.0/8")
	}
	return netip.PrefixFrom(address, address.BitLen()), nil
}
