package transport

import (
	"fmt"
	"net/url"
	"time"
)

// Config says where one service is and how long to wait for it.
type Config struct {
	// URLs are the service's endpoints: http or https, with an optional base path.
	URLs []string `yaml:"urls"`
	// Timeouts bound each call.
	Timeouts Timeouts `yaml:"timeouts"`
	// MaxIdleConns is how many unused connections are kept ready for each endpoint.
	MaxIdleConns int `yaml:"max_idle_conns"`
}

// Timeouts bound one call to a service.
type Timeouts struct {
	// Connect bounds making a connection, the TLS handshake included.
	Connect time.Duration `yaml:"connect"`
	// Header bounds the wait for the answer's first byte.
	Header time.Duration `yaml:"header"`
	// Total bounds the call from its start to the last byte of the body.
	Total time.Duration `yaml:"total"`
	// Idle closes a connection that nobody used for so long. Keep it below the service's own.
	Idle time.Duration `yaml:"idle"`
}

// DefaultConfig waits as long as a person would. It has no URLs: those must be given.
func DefaultConfig() Config {
	return Config{
		Timeouts: Timeouts{
			Connect: time.Second,
			Header:  5 * time.Second,
			Total:   10 * time.Second,
			Idle:    30 * time.Second,
		},
		MaxIdleConns: 256,
	}
}

// Validate reports URLs that no call could reach and timeouts that contradict each other.
func (c Config) Validate(fail func(path, message string)) {
	if len(c.URLs) == 0 {
		fail("urls", "must list at least one base URL")
	}
	seen := make(map[string]int)
	for i, raw := range c.URLs {
		path := fmt.Sprintf("urls[%d]", i)
		if message := urlMistake(raw); message != "" {
			fail(path, message)
		}
		if first, ok := seen[raw]; ok {
			fail(path, fmt.Sprintf("repeats urls[%d]", first))
			continue
		}
		seen[raw] = i
	}
	c.Timeouts.validate(func(path, message string) { fail("timeouts."+path, message) })
	if c.MaxIdleConns < 1 || c.MaxIdleConns > 100_000 {
		fail("max_idle_conns", "must lie between 1 and 100000")
	}
}

func urlMistake(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "is not a URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return "must start with http:// or https://"
	case u.Hostname() == "":
		return "names no host"
	case u.RawQuery != "" || u.Fragment != "":
		return "must have neither query nor fragment"
	case u.User != nil:
		return "must not carry a user name or password"
	}
	return ""
}

func (t Timeouts) validate(fail func(path, message string)) {
	for _, each := range []struct {
		path string
		d    time.Duration
	}{{"connect", t.Connect}, {"header", t.Header}, {"total", t.Total}, {"idle", t.Idle}} {
		if each.d <= 0 {
			fail(each.path, "must be longer than 0s")
		}
	}
	if t.Total > 0 && t.Header > t.Total {
		fail("header", "is longer than timeouts.total, so it could never end a call")
	}
	if t.Total > 0 && t.Connect > t.Total {
		fail("connect", "is longer than timeouts.total, so it could never end a call")
	}
}
