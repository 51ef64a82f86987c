package limit

import "time"

// Config says how many calls a service is given at the same time, and how long others wait for room.
type Config struct {
	// Max is the most calls that are under way at the same time, each until its answer has been read.
	Max int `yaml:"max"`
	// Adaptive finds how many calls the service can work on, below max, from how long its answers take. Off, only max holds.
	Adaptive bool `yaml:"adaptive"`
	// Min is what the adaptive limit does not go below.
	Min int `yaml:"min"`
	// Queue is the most calls that wait for room. When it is full, the least important is turned away. 0 lets none wait.
	Queue int `yaml:"queue"`
	// QueueWait is the longest wait. A call whose own time is up sooner leaves sooner.
	QueueWait time.Duration `yaml:"queue_wait"`
}

// DefaultConfig leaves it to the adaptive limit to find what a service takes. The limit begins at max, so that nobody is turned
// away because little is known yet.
func DefaultConfig() Config {
	return Config{Max: 1000, Adaptive: true, Min: 16, Queue: 1000, QueueWait: time.Second}
}

// Validate reports limits that would let nothing through, or contradict each other.
func (c Config) Validate(fail func(path, message string)) {
	if c.Max < 1 || c.Max > 100_000 {
		fail("max", "must lie between 1 and 100000")
	}
	if c.Min < 1 {
		fail("min", "must be at least 1")
	}
	if c.Adaptive && c.Max >= 1 && c.Min > c.Max {
		fail("min", "is larger than max")
	}
	if c.Queue < 0 || c.Queue > 100_000 {
		fail("queue", "must lie between 0 and 100000")
	}
	if c.Queue > 0 && c.QueueWait <= 0 {
		fail("queue_wait", "must be longer than 0s")
	}
}
