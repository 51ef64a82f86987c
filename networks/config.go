package networks

import (
	"fmt"
	"net/netip"
	"strings"
)

// Config says from where requests may come. Entries are addresses, or ranges such as 10.0.0.0/8 and 2001:db8::/32. The IPv4
// address of a request counts as such however it is written, so ::/0 is all of IPv6 and nothing of IPv4.
type Config struct {
	// Allow are those who may send requests. Where it is empty, everybody may who is not denied.
	Allow []string `yaml:"allow"`
	// Deny are those who may not, even where they are allowed as well.
	Deny []string `yaml:"deny"`
}

// Validate reports what is neither an address nor a range. What stands there twice does no harm.
func (c Config) Validate(fail func(path, message string)) {
	validate("allow", c.Allow, fail)
	validate("deny", c.Deny, fail)
}

func validate(list string, texts []string, fail func(path, message string)) {
	for i, text := range texts {
		if _, err := Parse(text); err != nil {
			fail(fmt.Sprintf("%s[%d]", list, i), err.Error())
		}
	}
}

// mistake is what is wrong with an entry.
type mistake string

func (m mistake) Error() string { return string(m) }

// Parse reads an entry. An address is a range of one. The error says what is wrong with it, and not what it is.
func Parse(text string) (netip.Prefix, error) {
	prefix, err := parseRange(text)
	switch {
	case err != nil:
		return netip.Prefix{}, err
	case prefix.Addr().Is4In6():
		return netip.Prefix{}, mistake("must be written as IPv4, without ::ffff:")
	case prefix != prefix.Masked():
		return netip.Prefix{}, mistake("has bits beyond its length: write " + prefix.Masked().String())
	}
	return prefix, nil
}

func parseRange(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return netip.Prefix{}, mistake("is no range such as 10.0.0.0/8 or 2001:db8::/32")
		}
		return prefix, nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil || address.Zone() != "" {
		return netip.Prefix{}, mistake("is no address, and no range such as 10.0.0.0/8")
	}
	return netip.PrefixFrom(address, address.BitLen()), nil
}
