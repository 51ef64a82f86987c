package shared

import (
	"fmt"
	"time"
)

// Settings say how counters are shared.
type Settings struct {
	// Timeout is the longest that a decision waits for Redis. One that takes longer is made without it, and so are all that follow,
	// until Redis is well again.
	Timeout time.Duration `yaml:"timeout"`
	// Probe is how often Redis is looked at while it cannot be reached.
	Probe time.Duration `yaml:"probe"`
	// Heartbeat is how often an instance tells the others, by Redis, that it is there. One that has not for three of them does not
	// count any more. It is at least Probe, since that is how often it is looked whether it is time.
	Heartbeat time.Duration `yaml:"heartbeat"`
	// Instances is how many instances share the limits while they cannot be shared by Redis and it is not known how many there are.
	Instances int `yaml:"instances"`
	// LeaseTime is how long what was taken ahead is kept for its key. What is not used by then goes back.
	LeaseTime time.Duration `yaml:"lease_time"`
	// Leases is for how many keys something is taken ahead at the same time. Further keys are counted one by one.
	Leases int `yaml:"leases"`
}

// DefaultSettings wait for Redis as long as a healthy one in the same region never takes.
func DefaultSettings() Settings {
	return Settings{
		Timeout:   25 * time.Millisecond,
		Probe:     500 * time.Millisecond,
		Heartbeat: time.Second,
		Instances: 1,
		LeaseTime: time.Second,
		Leases:    10_000,
	}
}

// mostLeases are looked at in some milliseconds, for which nobody else gets at them.
const mostLeases = 100_000

// Validate reports settings out of their bounds.
func (s Settings) Validate(fail func(path, message string)) {
	for _, each := range []struct {
		path        string
		value       time.Duration
		least, most time.Duration
	}{
		{"timeout", s.Timeout, time.Millisecond, 10 * time.Second},
		{"probe", s.Probe, 10 * time.Millisecond, time.Minute},
		{"heartbeat", s.Heartbeat, max(10*time.Millisecond, min(s.Probe, time.Minute)), time.Minute},
		{"lease_time", s.LeaseTime, 10 * time.Millisecond, time.Minute},
	} {
		if each.value < each.least || each.value > each.most {
			fail(each.path, fmt.Sprintf("must lie between %v and %v", each.least, each.most))
		}
	}
	if s.Instances < 1 || s.Instances > 10_000 {
		fail("instances", "must lie between 1 and 10000")
	}
	if s.Leases < 0 || s.Leases > mostLeases {
		fail("leases", fmt.Sprintf("must lie between 0 and %d", mostLeases))
	}
}
