package discovery

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMistakesInTheConfigurationAreReported(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Config)
		want   map[string]string
	}{
		{"the default", func(*Config) {}, nil},
		{"a server", func(c *Config) { c.Server = "127.0.0.1:8600" }, nil},
		{"a server by IPv6", func(c *Config) { c.Server = "[fe80::1%eth0]:53" }, nil},
		{
			"a server by name", func(c *Config) { c.Server = "consul:8600" },
			map[string]string{"server": "must be an IP address and a port, such as 127.0.0.1:53"},
		},
		{
			"a server without port", func(c *Config) { c.Server = "127.0.0.1" },
			map[string]string{"server": "must be an IP address and a port, such as 127.0.0.1:53"},
		},
		{
			"a server at port 0", func(c *Config) { c.Server = "127.0.0.1:0" },
			map[string]string{"server": "must be an IP address and a port, such as 127.0.0.1:53"},
		},
		{"equal times", func(c *Config) { c.MaxTTL = c.MinTTL }, nil},
		{
			"times the wrong way round", func(c *Config) { c.MaxTTL = time.Millisecond },
			map[string]string{"max_ttl": "is shorter than min_ttl"},
		},
		{
			"nothing", func(c *Config) { *c = Config{} },
			map[string]string{
				"family":  "must be auto, ipv4, ipv6 or both",
				"min_ttl": "must be longer than 0s",
				"timeout": "must be longer than 0s",
			},
		},
	} {
		config := DefaultConfig()
		test.change(&config)
		var got map[string]string
		config.Validate(func(path, message string) {
			if got == nil {
				got = make(map[string]string)
			}
			got[path] = message
		})
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: wrong mistakes (-want +got):\n%s", test.name, diff)
		}
	}
}
