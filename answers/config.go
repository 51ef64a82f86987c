package answers

import (
	"time"

	"github.com/concierge-gateway/concierge/units"
)

// Config says what becomes of the answers to operations.
type Config struct {
	// Share lets equal operations that are under way at the same time share one execution.
	Share bool `yaml:"share"`
	// Keep keeps answers that are the same for everybody, for as long as @cacheControl and the services let it.
	Keep bool `yaml:"keep"`
	// MaxEntry is the largest answer that is kept.
	MaxEntry units.Bytes `yaml:"max_entry"`
	// MaxAge bounds what @cacheControl says, for answers that are kept here and for clients. 0 bounds nothing.
	MaxAge time.Duration `yaml:"max_age"`
	// Refreshes is how many answers that were used beyond their time are asked for anew at the same time, behind the requests'
	// backs.
	Refreshes int `yaml:"refreshes"`
}

// DefaultConfig shares and keeps. What the services declare decides about both: without that, no answer is for everybody.
func DefaultConfig() Config {
	return Config{Share: true, Keep: true, MaxEntry: 256 * units.KiB, MaxAge: time.Hour, Refreshes: 16}
}

// Validate reports settings that make no sense.
func (c Config) Validate(fail func(path, message string)) {
	if c.MaxEntry < 1 {
		fail("max_entry", "must be at least 1 byte")
	}
	if c.MaxAge < 0 {
		fail("max_age", "must not be negative")
	}
	if c.Refreshes < 0 || c.Refreshes > maxRefreshes {
		fail("refreshes", "must be 0 to 1000")
	}
}

// maxRefreshes bounds the goroutines that nobody waits for.
const maxRefreshes = 1000
