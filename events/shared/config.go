package shared

import (
	"fmt"
	"time"
)

// Config says how instances tell each other of events. It is for where there is a Redis.
type Config struct {
	// Retained is about how many events Redis keeps, each of some hundred bytes. An instance that was away for longer has missed
	// some, and says so to its subscriptions.
	Retained int `yaml:"retained"`
	// Waiting is how many events an instance keeps for the others while Redis is gone. Beyond that, all are told that some are
	// missing.
	Waiting int `yaml:"waiting"`
	// Probe is how often an instance makes sure that it has heard of everything, and how long Redis may take for anything.
	Probe time.Duration `yaml:"probe"`
}

// DefaultConfig is for an instance that is away for minutes.
func DefaultConfig() Config { return Config{Retained: 10_000, Waiting: 1000, Probe: time.Second} }

// Validate reports settings out of their bounds.
func (c Config) Validate(fail func(path, message string)) {
	if c.Retained < 100 || c.Retained > 1_000_000 {
		fail("retained", "must lie between 100 and 1000000")
	}
	if c.Waiting < 1 || c.Waiting > 100_000 {
		fail("waiting", "must lie between 1 and 100000")
	}
	if least, most := 10*time.Millisecond, time.Minute; c.Probe < least || c.Probe > most {
		fail("probe", fmt.Sprintf("must lie between %v and %v", least, most))
	}
}
