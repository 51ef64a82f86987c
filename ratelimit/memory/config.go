package memory

import "fmt"

// Config says how much is remembered.
type Config struct {
	// Keys is how many keys are counted at the same time. Each takes its own length and 150 to 200 bytes, or up to 700 if it has
	// been charged all through a period. Where there are more, those are forgotten first that have used the smallest part of their
	// limit.
	Keys int `yaml:"keys"`
}

// DefaultConfig has room for 50,000 callers of four rules each, in 40 to 150 MB when it is full.
func DefaultConfig() Config { return Config{Keys: 200_000} }

// The bounds of Keys: with fewer, strangers easily push out the counters of others; more take gigabytes.
const (
	leastKeys = 1_000
	mostKeys  = 10_000_000
)

// Validate reports a number of keys that is out of bounds.
func (c Config) Validate(fail func(path, message string)) {
	if c.Keys < leastKeys || c.Keys > mostKeys {
		fail("keys", fmt.Sprintf("must lie between %d and %d", leastKeys, mostKeys))
	}
}
