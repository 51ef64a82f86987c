package stored

import (
	"fmt"
	"time"

	"github.com/concierge-gateway/concierge/units"
)

// Config says how much is kept, and where.
type Config struct {
	// Memory is what all caches of this process may take together.
	Memory units.Bytes `yaml:"memory"`
	// Redis is the second level, which instances share.
	Redis SecondConfig `yaml:"redis"`
}

// SecondConfig says how Redis is used. Where it is, the stanza redis says.
type SecondConfig struct {
	// Enabled lets what is kept be shared by Redis. The value of an entry lies there as the service sent it, but for what nobody
	// may ever see, and is not encrypted.
	Enabled bool `yaml:"enabled"`
	// Timeout is the longest that anybody waits for Redis. Who has waited in vain asks the service, and Redis is not asked any more
	// until it is well again.
	Timeout time.Duration `yaml:"timeout"`
	// Probe is how often Redis is looked at while it is not well.
	Probe time.Duration `yaml:"probe"`
	// Queue is how many values may wait to be written. Further ones are not written.
	Queue int `yaml:"queue"`
	// QueueMemory is what they may take of memory while they wait, beside what is kept.
	QueueMemory units.Bytes `yaml:"queue_memory"`
	// MaxEntry is the size up to which a value is written, and read.
	MaxEntry units.Bytes `yaml:"max_entry"`
}

// DefaultConfig keeps things in memory alone.
func DefaultConfig() Config {
	return Config{
		Memory: 64 * units.MiB,
		Redis: SecondConfig{
			Timeout: 10 * time.Millisecond, Probe: 500 * time.Millisecond,
			Queue: 1000, QueueMemory: 16 * units.MiB, MaxEntry: units.MiB,
		},
	}
}

// Validate reports settings out of their bounds.
func (c Config) Validate(fail func(path, message string)) {
	between(fail, "memory", c.Memory, units.MiB, 1024*units.GiB)
	c.Redis.Validate(func(path, message string) { fail("redis."+path, message) })
}

// Validate reports settings out of their bounds.
func (c SecondConfig) Validate(fail func(path, message string)) {
	between(fail, "timeout", c.Timeout, time.Millisecond, time.Second)
	between(fail, "probe", c.Probe, 10*time.Millisecond, time.Minute)
	between(fail, "queue", c.Queue, 1, 1_000_000)
	between(fail, "max_entry", c.MaxEntry, units.KiB, 64*units.MiB)
	between(fail, "queue_memory", c.QueueMemory, max(c.MaxEntry, units.KiB), 16*units.GiB)
}

func between[T int | units.Bytes | time.Duration](fail func(path, message string), path string, value, least, most T) {
	if value < least || value > most {
		fail(path, fmt.Sprintf("must lie between %v and %v", least, most))
	}
}
