package subscriptions

import (
	"fmt"
	"time"

	"github.com/concierge-gateway/concierge/units"
)

// Config says who may be told of how much, and for how long.
type Config struct {
	// Enabled lets clients subscribe, by server-sent events and over WebSockets, which take queries and mutations, too.
	Enabled bool `yaml:"enabled"`
	// MaxConnections is the most connections that wait for events at the same time: WebSockets and event streams.
	MaxConnections int `yaml:"max_connections"`
	// MaxConnectionsPerAddress is the most of one address, or of one IPv6 network of 64 bits.
	MaxConnectionsPerAddress int `yaml:"max_connections_per_address"`
	// MaxConnectionsPerPrincipal is the most of one caller with a name.
	MaxConnectionsPerPrincipal int `yaml:"max_connections_per_principal"`
	// MaxOperations is the most operations that one connection has under way at the same time, subscriptions among them.
	MaxOperations int `yaml:"max_operations"`
	// MaxPerPrincipal is the most subscriptions of one caller, or of one address of callers without a name.
	MaxPerPrincipal int `yaml:"max_per_principal"`
	// MaxLifetime is how long a connection lasts at most. Clients connect anew then, and may come to another instance.
	MaxLifetime time.Duration `yaml:"max_lifetime"`
	// InitTimeout is how long a WebSocket may take until it says who it is.
	InitTimeout time.Duration `yaml:"init_timeout"`
	// KeepAlive is how often a connection shows that it is there. A WebSocket that does not answer within the time is given up.
	KeepAlive time.Duration `yaml:"keep_alive"`
	// Recheck is how often a credential is looked at again while nothing happens, in case it was revoked. Its own end is known.
	Recheck time.Duration `yaml:"recheck"`
	// WriteTimeout is how long a client may take to read one message. One that takes longer is disconnected.
	WriteTimeout time.Duration `yaml:"write_timeout"`
	// MaxMessage is the size of the largest message that a WebSocket takes.
	MaxMessage units.Bytes `yaml:"max_message"`
	// MaxMessageRate is how many messages a second a WebSocket takes, and as many at once.
	MaxMessageRate int `yaml:"max_message_rate"`
}

// DefaultConfig has room for all that people look at, and for no program that collects connections.
func DefaultConfig() Config {
	return Config{
		Enabled: true, MaxConnections: 10_000, MaxConnectionsPerAddress: 100, MaxConnectionsPerPrincipal: 20,
		MaxOperations: 50, MaxPerPrincipal: 100, MaxLifetime: time.Hour, InitTimeout: 3 * time.Second,
		KeepAlive: 15 * time.Second, Recheck: 10 * time.Second, WriteTimeout: 10 * time.Second,
		MaxMessage: 256 * units.KiB, MaxMessageRate: 100,
	}
}

// The largest values of settings.
const (
	mostConnections = 1_000_000
	mostOperations  = 10_000
	mostMessage     = 64 * units.MiB
)

// Validate reports bounds that let nothing pass, or that bound nothing.
func (c Config) Validate(fail func(path, message string)) {
	for _, each := range []struct {
		path        string
		value, most int
	}{
		{"max_connections", c.MaxConnections, mostConnections},
		{"max_connections_per_address", c.MaxConnectionsPerAddress, mostConnections},
		{"max_connections_per_principal", c.MaxConnectionsPerPrincipal, mostConnections},
		{"max_operations", c.MaxOperations, mostOperations},
		{"max_per_principal", c.MaxPerPrincipal, mostConnections},
		{"max_message_rate", c.MaxMessageRate, mostOperations},
	} {
		if each.value < 1 || each.value > each.most {
			fail(each.path, fmt.Sprintf("must lie between 1 and %d", each.most))
		}
	}
	for _, each := range []struct {
		path        string
		value       time.Duration
		least, most time.Duration
	}{
		{"max_lifetime", c.MaxLifetime, time.Second, 24 * time.Hour},
		{"init_timeout", c.InitTimeout, 100 * time.Millisecond, time.Minute},
		{"keep_alive", c.KeepAlive, 100 * time.Millisecond, 10 * time.Minute},
		{"recheck", c.Recheck, 100 * time.Millisecond, 10 * time.Minute},
		{"write_timeout", c.WriteTimeout, 100 * time.Millisecond, 10 * time.Minute},
	} {
		if each.value < each.least || each.value > each.most {
			fail(each.path, fmt.Sprintf("must lie between %v and %v", each.least, each.most))
		}
	}
	if c.MaxMessage < units.KiB || c.MaxMessage > mostMessage {
		fail("max_message", fmt.Sprintf("must lie between %v and %v", units.KiB, mostMessage))
	}
}
