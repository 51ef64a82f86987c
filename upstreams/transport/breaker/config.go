package breaker

import "time"

// Config says when calls stop, and how they begin again.
type Config struct {
	// Enabled turns it on. Off, every call is made.
	Enabled bool `yaml:"enabled"`
	// Window is how far back calls are counted.
	Window time.Duration `yaml:"window"`
	// MinCalls is how many calls there must be in the window: fewer say nothing. While calls are coming back (ramp), half as many
	// are enough.
	MinCalls int `yaml:"min_calls"`
	// FailureRate opens the breaker when so many of the counted calls failed, in percent. A failure is a status from 500 on, no
	// connection, no answer in time, or an answer that broke off; never a status below 500, nor a caller who left.
	FailureRate int `yaml:"failure_rate"`
	// SlowRate opens it when so many were slow, in percent. 0 takes no notice of slow calls.
	SlowRate int `yaml:"slow_rate"`
	// SlowAfter is how long a call takes that is slow.
	SlowAfter time.Duration `yaml:"slow_after"`
	// Open is how long no call is made, the first time. It doubles each time that the service turns out to be still unwell, and
	// differs at random by up to a tenth, so that several gateways do not come back together.
	Open time.Duration `yaml:"open"`
	// MaxOpen bounds that time.
	MaxOpen time.Duration `yaml:"max_open"`
	// Probes is how many calls are made then, at the same time if there are so many. All must pass; one that fails, or is slow
	// where slow calls count, ends it.
	Probes int `yaml:"probes"`
	// Ramp is how long calls then take to come back: from a tenth of them at first, evenly, to all. 0 makes all at once.
	Ramp time.Duration `yaml:"ramp"`
}

// DefaultConfig stops calling what fails every second call. It takes no notice of slow calls: how slow is too slow differs from
// service to service, and taking away one that is slow but well does more harm than waiting for it. Whatever exceeds its
// timeout has failed anyway.
func DefaultConfig() Config {
	return Config{
		Enabled:     true,
		Window:      10 * time.Second,
		MinCalls:    20,
		FailureRate: 50,
		SlowRate:    0,
		SlowAfter:   2 * time.Second,
		Open:        5 * time.Second,
		MaxOpen:     time.Minute,
		Probes:      3,
		Ramp:        10 * time.Second,
	}
}

// Validate reports settings by which the breaker could never open, or never close.
func (c Config) Validate(fail func(path, message string)) {
	c.validateCounting(fail)
	if c.Open <= 0 {
		fail("open", "must be longer than 0s")
	}
	if c.MaxOpen < c.Open {
		fail("max_open", "is shorter than open")
	}
	if c.Probes < 1 || c.Probes > 1000 {
		fail("probes", "must lie between 1 and 1000")
	}
	if c.Ramp < 0 {
		fail("ramp", "must not be negative")
	}
}

func (c Config) validateCounting(fail func(path, message string)) {
	if c.Window < time.Second || c.Window > 10*time.Minute {
		fail("window", "must lie between 1s and 10m")
	}
	if c.MinCalls < 1 || c.MinCalls > 100_000 {
		fail("min_calls", "must lie between 1 and 100000")
	}
	if c.FailureRate < 1 || c.FailureRate > 100 {
		fail("failure_rate", "must lie between 1 and 100 percent")
	}
	if c.SlowRate < 0 || c.SlowRate > 100 {
		fail("slow_rate", "must lie between 0 and 100 percent")
	}
	if c.SlowAfter <= 0 {
		fail("slow_after", "must be longer than 0s")
	}
}
