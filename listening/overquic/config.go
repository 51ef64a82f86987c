package overquic

import (
	"net"
	"strconv"
	"time"

	"github.com/concierge-gateway/concierge/units"
)

// Config says how HTTP/3 is spoken: server.http3. It needs TLS.
type Config struct {
	// Enabled speaks HTTP/3, on UDP.
	Enabled bool `yaml:"enabled"`
	// Listen is the address, such as :443. Empty is that of the public listener.
	Listen string `yaml:"listen"`
	// Port is where clients reach it: what Alt-Svc says. 0 is the port that is listened on.
	Port int `yaml:"port"`
	// MaxAge is for how long clients may remember that it is spoken.
	MaxAge time.Duration `yaml:"max_age"`
	// MaxStreams is how many requests of a connection are answered at the same time.
	MaxStreams int `yaml:"max_streams"`
	// StreamBuffer is how much of a request's body may come before anybody reads it.
	StreamBuffer units.Bytes `yaml:"stream_buffer"`
	// ConnectionBuffer is the same for all requests of a connection together.
	ConnectionBuffer units.Bytes `yaml:"connection_buffer"`
	// MaxConnections is how many there are at the same time. While more than half of them are in use, clients must first show that
	// they receive at the address that they send from (Retry, RFC 9000, section 8.1.2).
	MaxConnections int `yaml:"max_connections"`
}

// DefaultConfig does not speak it.
func DefaultConfig() Config {
	return Config{
		MaxAge: 24 * time.Hour, MaxConnections: 10_000,
		MaxStreams: 100, StreamBuffer: 256 * units.KiB, ConnectionBuffer: 512 * units.KiB,
	}
}

const (
	leastBuffer = 64 * units.KiB
	mostBuffer  = 4*units.MiB - 1
	longestAge  = 365 * 24 * time.Hour
)

// Validate reports settings that cannot be met, and that there is no TLS.
func (c Config) Validate(tls bool, fail func(path, message string)) {
	if c.Enabled && !tls {
		fail("enabled", "needs a certificate (server.tls): there is no HTTP/3 without TLS")
	}
	if c.Listen != "" && !isAddress(c.Listen) {
		fail("listen", "must be host:port, such as :443")
	}
	if c.MaxAge < 0 || c.MaxAge > longestAge {
		fail("max_age", "must lie between 0s and 8760h")
	}
	if c.StreamBuffer < leastBuffer || c.StreamBuffer > mostBuffer {
		fail("stream_buffer", "must be at least 64KiB and less than 4MiB")
	}
	if c.ConnectionBuffer < c.StreamBuffer || c.ConnectionBuffer > mostBuffer {
		fail("connection_buffer", "must be at least stream_buffer and less than 4MiB")
	}
	for _, each := range []struct {
		path           string
		n, least, most int
	}{{"port", c.Port, 0, 65535}, {"max_streams", c.MaxStreams, 1, 10_000}, {"max_connections", c.MaxConnections, 1, 1_000_000}} {
		if each.n < each.least || each.n > each.most {
			fail(each.path, "must lie between "+strconv.Itoa(each.least)+" and "+strconv.Itoa(each.most))
		}
	}
}

func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	n, notNumber := strconv.ParseUint(port, 10, 16)
	return err == nil && notNumber == nil && n > 0
}
