package config

import "time"

// Reload says how a change of the configuration comes about while the gateway runs.
type Reload struct {
	// Watch lets a change of the file, or of a file that it leads to, be taken by itself. SIGHUP has it read again in any case.
	Watch bool `yaml:"watch"`
	// Linger is how long WebSockets of the REST door that are open may go on by the configuration that they began with.
	Linger time.Duration `yaml:"linger"`
}

// maxLinger bounds Reload.Linger: each configuration that is still in use takes memory.
const maxLinger = time.Hour

func defaultReload() Reload { return Reload{Watch: true, Linger: 5 * time.Minute} }

func (r Reload) validate(fail func(path, message string)) {
	if r.Linger < 0 || r.Linger > maxLinger {
		fail("linger", "must lie between 0s and 1h")
	}
}
