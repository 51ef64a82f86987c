package feed

import (
	"fmt"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/secret"
)

// Config says where a service tells what happens. Without a feed there is none.
type Config struct {
	// Feed is the path of the service's event stream (text/event-stream), such as /events. Empty: it is not asked for one.
	Feed string `yaml:"feed"`
	// Token is sent to the service with it (Authorization: Bearer), where it asks for one.
	Token secret.Text `yaml:"token"`
	// Idle is how long the stream may be silent, heartbeats included, before it is given up and opened anew.
	Idle time.Duration `yaml:"idle"`
}

// DefaultConfig has no feed. It waits for three heartbeats of the usual 15s.
func DefaultConfig() Config { return Config{Idle: 45 * time.Second} }

// Enabled reports whether there is a feed.
func (c Config) Enabled() bool { return c.Feed != "" }

// Validate reports a path that is none, and a silence that is too short or too long.
func (c Config) Validate(fail func(path, message string)) {
	if c.Feed != "" && (!strings.HasPrefix(c.Feed, "/") || strings.ContainsAny(c.Feed, "?#{}* ")) {
		fail("feed", "must be a path that begins with a slash, and have no query")
	}
	if c.Token != "" && strings.ContainsFunc(string(c.Token), func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		fail("token", "must be printable ASCII without spaces")
	}
	if least, most := time.Second, time.Hour; c.Idle < least || c.Idle > most {
		fail("idle", fmt.Sprintf("must lie between %v and %v", least, most))
	}
}
