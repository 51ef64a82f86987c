package events

import "fmt"

// Config bounds what is kept of events.
type Config struct {
	// Buffer is how many events wait for one subscription at most. One that is behind by more is dropped.
	Buffer int `yaml:"buffer"`
	// Remembered is how many events are known by their ids at least, so that one that comes again, or by another way, is told once.
	// Each takes some 200 bytes, and twice as many may be kept.
	Remembered int `yaml:"remembered"`
}

// DefaultConfig is enough for a burst, and for a feed that repeats what it said in the last minutes.
func DefaultConfig() Config { return Config{Buffer: 16, Remembered: 10_000} }

// Validate reports bounds that would keep nothing, or too much.
func (c Config) Validate(fail func(path, message string)) {
	for _, each := range []struct {
		path        string
		value, most int
	}{{"buffer", c.Buffer, 10_000}, {"remembered", c.Remembered, 1_000_000}} {
		if each.value < 1 || each.value > each.most {
			fail(each.path, fmt.Sprintf("must lie between 1 and %d", each.most))
		}
	}
}
