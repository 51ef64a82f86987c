package shared

import (
	"fmt"
	"time"
)

// Config says how instances tell each other of purges. It is for where there is a Redis.
type Config struct {
	// Wait is the longest that whoever purges waits until Redis knows it. After one who has waited in vain nobody does, until
	// Redis is well again: then it is told later.
	Wait time.Duration `yaml:"wait"`
	// Bound is for how long an instance uses something that another has purged while it cannot hear of it: what was fetched longer
	// ago is not used then. It is at least three times Probe.
	Bound time.Duration `yaml:"bound"`
	// Probe is how often an instance makes sure that it has heard of everything, and how long Redis may take for that, or as long
	// as Wait if that is longer.
	Probe time.Duration `yaml:"probe"`
	// Retained is about how many messages Redis keeps, each of some hundred bytes and at most 4 KiB. An instance that was away for
	// longer has missed some, and uses nothing that it kept before.
	Retained int `yaml:"retained"`
}

// DefaultConfig waits for Redis as long as a healthy one in the same region never takes.
func DefaultConfig() Config {
	return Config{Wait: 25 * time.Millisecond, Bound: 2 * time.Second, Probe: 500 * time.Millisecond, Retained: 10_000}
}

// Validate reports settings out of their bounds.
func (c Config) Validate(fail func(path, message string)) {
	for _, each := range []struct {
		path        string
		value       time.Duration
		least, most time.Duration
	}{
		{"wait", c.Wait, time.Millisecond, 10 * time.Second},
		{"probe", c.Probe, 10 * time.Millisecond, time.Minute},
		{"bound", c.Bound, 3 * min(max(c.Probe, 10*time.Millisecond), time.Minute), time.Hour},
	} {
		if each.value < each.least || each.value > each.most {
			fail(each.path, fmt.Sprintf("must lie between %v and %v", each.least, each.most))
		}
	}
	if c.Retained < 100 || c.Retained > 1_000_000 {
		fail("retained", "must lie between 100 and 1000000")
	}
}

// patience is how long Redis may take for what nobody waits for.
func (c Config) patience() time.Duration { return max(c.Probe, c.Wait) }
