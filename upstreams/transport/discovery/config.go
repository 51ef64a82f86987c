package discovery

import (
	"net/netip"
	"time"
)

// Config says which addresses of a host name are used, and how often they are asked for.
type Config struct {
	// Server is the IP address and port of the DNS server to ask, such as 127.0.0.1:8600. Empty asks those of the system.
	Server string `yaml:"server"`
	// Family is auto (IPv4 where the name has any, else IPv6), ipv4, ipv6 or both.
	Family Family `yaml:"family"`
	// MinTTL is the shortest time between two look-ups of a name, whatever its records allow.
	MinTTL time.Duration `yaml:"min_ttl"`
	// MaxTTL is the longest time between two look-ups of a name, and the one where its records tell none.
	MaxTTL time.Duration `yaml:"max_ttl"`
	// Timeout bounds one look-up. One question to one server takes at most a third of it, so that a dead server does not keep
	// the others from being asked.
	Timeout time.Duration `yaml:"timeout"`
}

// Family is which kinds of addresses of a name are used.
type Family string

// The families.
const (
	// Auto is IPv4 where the name has any, and else IPv6. Many networks have names with both and ways to IPv4 alone; localhost
	// is the nearest of them. Using both there would fill a pool with endpoints that nobody can reach.
	Auto Family = "auto"
	// IPv4 is IPv4 alone.
	IPv4 Family = "ipv4"
	// IPv6 is IPv6 alone.
	IPv6 Family = "ipv6"
	// Both is every address.
	Both Family = "both"
)

// DefaultConfig notices a change within half a minute, or as soon as the records allow.
func DefaultConfig() Config {
	return Config{
		Family:  Auto,
		MinTTL:  time.Second,
		MaxTTL:  30 * time.Second,
		Timeout: 5 * time.Second,
	}
}

// Validate reports a server that cannot be asked, and times that contradict each other.
func (c Config) Validate(fail func(path, message string)) {
	if c.Server != "" && !isServer(c.Server) {
		fail("server", "must be an IP address and a port, such as 127.0.0.1:53")
	}
	switch c.Family {
	case Auto, IPv4, IPv6, Both:
	default:
		fail("family", "must be auto, ipv4, ipv6 or both")
	}
	if c.MinTTL <= 0 {
		fail("min_ttl", "must be longer than 0s")
	}
	if c.MaxTTL < c.MinTTL {
		fail("max_ttl", "is shorter than min_ttl")
	}
	if c.Timeout <= 0 {
		fail("timeout", "must be longer than 0s")
	}
}

// isServer refuses names: there would be nobody to ask for the server's own address.
func isServer(address string) bool {
	server, err := netip.ParseAddrPort(address)
	return err == nil && server.Port() != 0
}

// holds is how long an answer with these TTLs is used.
func (c Config) holds(ttls *leastTTL) time.Duration {
	return max(c.MinTTL, min(ttls.or(c.MaxTTL), c.MaxTTL))
}

// tryTimeout bounds one question to one server. A resolv.conf names at most three, which are asked in turn, and gives each five
// seconds unless it says otherwise: a dead one among them would take the whole time of a look-up.
func (c Config) tryTimeout() time.Duration { return c.Timeout / 3 }
