package redis

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/secret"
)

// Config says where Redis is, and who asks it.
type Config struct {
	// Addresses are hosts with ports. One is a single server, or any node of a cluster; several are nodes of one cluster, or
	// sentinels. With none there is no Redis.
	Addresses []string `yaml:"addresses"`
	// Username is the name of an access control list. Without it, the password is that of the default user.
	Username string `yaml:"username"`
	// Password is empty where Redis asks for none.
	Password secret.Text `yaml:"password"`
	// Database is the number of the database. A cluster has number 0 alone.
	Database int `yaml:"database"`
	// Prefix begins every key, so that several programs can share one Redis. Gateways of one prefix count together.
	Prefix string `yaml:"prefix"`
	// Sentinel finds the server by asking sentinels, which are then what the addresses are of.
	Sentinel Sentinel `yaml:"sentinel"`
	// TLS encrypts the connections, those to sentinels too.
	TLS TLS `yaml:"tls"`
	// ConnectTimeout bounds how long it takes to connect to one address, with greeting and password.
	ConnectTimeout time.Duration `yaml:"connect_timeout"`
}

// Sentinel says what is asked of sentinels.
type Sentinel struct {
	// Master is the name under which they watch the server. Without it there are no sentinels.
	Master string `yaml:"master"`
	// Username is who asks them.
	Username string `yaml:"username"`
	// Password is empty where they ask for none.
	Password secret.Text `yaml:"password"`
}

// TLS says how connections are encrypted. A server's certificate is always verified.
type TLS struct {
	// Enabled turns it on.
	Enabled bool `yaml:"enabled"`
	// CAFile is a PEM file of the authorities that are trusted. Without it, they are the system's.
	CAFile string `file:"" yaml:"ca_file"`
	// ServerName is the name in the certificate. Without it, it is the host of the address.
	ServerName string `yaml:"server_name"`
}

// DefaultConfig has no Redis.
func DefaultConfig() Config {
	return Config{Prefix: "concierge:", ConnectTimeout: 2 * time.Second}
}

// Enabled reports whether there is a Redis.
func (c Config) Enabled() bool { return len(c.Addresses) > 0 }

// Validate reports settings with which no connection could come about.
func (c Config) Validate(fail func(path, message string)) {
	for i, address := range c.Addresses {
		if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
			fail(fmt.Sprintf("addresses[%d]", i), "must be a host and a port, such as redis:6379")
		}
	}
	if c.Username != "" && c.Password == "" {
		fail("password", "is needed with a username")
	}
	if c.Database < 0 || c.Database > 65535 {
		fail("database", "must lie between 0 and 65535")
	}
	if c.Database != 0 && c.Sentinel.Master == "" && len(c.Addresses) > 1 {
		fail("database", "must be 0: a cluster has no other")
	}
	if !isPrefix(c.Prefix) {
		fail("prefix", "must be at most 64 printable ASCII characters other than spaces and braces")
	}
	if c.ConnectTimeout < 10*time.Millisecond || c.ConnectTimeout > time.Minute {
		fail("connect_timeout", "must lie between 10ms and 1m")
	}
	c.validateUnused(fail)
}

// validateUnused reports what is set but would have no effect, and was therefore meant otherwise.
func (c Config) validateUnused(fail func(path, message string)) {
	if c.Sentinel.Master == "" && (c.Sentinel.Username != "" || c.Sentinel.Password != "") {
		fail("sentinel.master", "is needed with a username or password for sentinels")
	}
	if c.Sentinel.Master != "" && !c.Enabled() {
		fail("addresses", "must be those of the sentinels")
	}
	if !c.TLS.Enabled && (c.TLS.CAFile != "" || c.TLS.ServerName != "") {
		fail("tls.enabled", "must be true where more is said about TLS")
	}
}

// isPrefix keeps braces out, since those say in a cluster which part of a key it is placed by.
func isPrefix(prefix string) bool {
	return len(prefix) <= 64 && !strings.ContainsFunc(prefix, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || r == '{' || r == '}'
	})
}
