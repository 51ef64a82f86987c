package forwarded

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/concierge-gateway/concierge/networks"
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
		proxies, err := parse(text)
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

// parse reads one entry.
func parse(text string) (netip.Prefix, error) {
	proxies, err := networks.Parse(text)
	if err == nil && proxies.Bits() == 0 {
		return netip.Prefix{}, errors.New("is everybody, and whoever says so would be believed")
	}
	return proxies, err
}
