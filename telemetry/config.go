package telemetry

import (
	"time"

	"github.com/concierge-gateway/concierge/secret"
	"github.com/concierge-gateway/concierge/units"
)

// leastKey is the length of a key, in bytes, that nobody finds by trying.
const leastKey = 32

// Config says what the gateway tells about itself.
type Config struct {
	// Level is the least severe log line that is written: debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is json or text.
	Format string `yaml:"format"`
	// AccessLog writes a line for each request.
	AccessLog bool `yaml:"access_log"`
	// Sample is the share of requests without an error that AccessLog writes a line for, from 0 to 1. Those with one always
	// have theirs, and slow ones too.
	Sample float64 `yaml:"sample"`
	// Slow is how long a request may take before it gets a line that says which services it waited for. 0s writes none.
	Slow time.Duration `yaml:"slow"`
	// PrincipalKey makes the names that stand for callers in lines: at least 32 bytes. The same key makes the same names, on
	// every instance. Without one they are made up anew at each start.
	PrincipalKey secret.Text `yaml:"principal_key"`
	// Buffer is how much of the log may wait to be written: a reader who stalls must not stall the gateway. Lines that find no
	// room are dropped and counted. 0 writes each line at once, however long that takes.
	Buffer units.Bytes `yaml:"buffer"`
}

// DefaultConfig writes JSON lines for requests and for whatever needs attention.
func DefaultConfig() Config {
	return Config{Level: "info", Format: "json", AccessLog: true, Sample: 1, Slow: time.Second, Buffer: 4 * units.MiB}
}

// maxBuffer bounds Config.Buffer.
const maxBuffer = units.GiB

// Validate reports levels and formats that do not exist, and what cannot be.
func (c Config) Validate(fail func(path, message string)) {
	switch c.Level {
	case "debug", "info", "warn", "error":
	default:
		fail("level", "must be debug, info, warn or error")
	}
	switch c.Format {
	case "json", "text":
	default:
		fail("format", "must be json or text")
	}
	if !(c.Sample >= 0 && c.Sample <= 1) { // also what is no number
		fail("sample", "must be from 0 to 1")
	}
	if c.Slow < 0 {
		fail("slow", "must not be negative: 0s writes none")
	}
	if n := len(c.PrincipalKey); n > 0 && n < leastKey {
		fail("principal_key", "must have at least 32 bytes")
	}
	if c.Buffer > maxBuffer {
		fail("buffer", "must be at most 1GiB")
	}
}
