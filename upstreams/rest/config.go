package rest

import (
	"time"

	"github.com/concierge-gateway/concierge/units"
)

// Config says how one service speaks: how it takes many keys at once, and how large its answers may be.
type Config struct {
	// Batch is how the service takes many keys in one call.
	Batch Batch `yaml:"batch"`
	// MaxResponse bounds one answer, after decompression. A longer one is an error, not a truncated record.
	MaxResponse units.Bytes `yaml:"max_response"`
	// MaxConcurrency bounds the calls that one request makes to the service at the same time.
	MaxConcurrency int `yaml:"max_concurrency"`
}

// Batch is how a service takes many keys in one call.
type Batch struct {
	// Style is csv (ids=1,2), repeated (ids=1&ids=2) or none (one call for each key).
	Style Style `yaml:"style"`
	// Max is the most keys of one call; more go out as several calls at the same time.
	Max int `yaml:"max"`
	// Join is how long a key waits at most for a call under way to end, so that the keys of several requests go as one call. It is
	// for services whose answers may be shared. 0s lets each request call by itself.
	Join time.Duration `yaml:"join"`
	// Params renames query parameters where a service calls them otherwise, such as ids: id.
	Params map[string]string `yaml:"params"`
}

// longestJoin bounds what joining can cost a request.
const longestJoin = 100 * time.Millisecond

// Style is how a list of keys is written into a query.
type Style string

// The styles.
const (
	CSV      Style = "csv"
	Repeated Style = "repeated"
	None     Style = "none"
)

// DefaultConfig speaks as the sample services do.
func DefaultConfig() Config {
	return Config{
		Batch:          Batch{Style: CSV, Max: 100, Join: 3 * time.Millisecond},
		MaxResponse:    8 * units.MiB,
		MaxConcurrency: 16,
	}
}

// Validate reports settings that cannot work.
func (c Config) Validate(fail func(path, message string)) {
	switch c.Batch.Style {
	case CSV, Repeated, None:
	default:
		fail("batch.style", "must be csv, repeated or none")
	}
	if c.Batch.Max < 1 || c.Batch.Max > 1000 {
		fail("batch.max", "must lie between 1 and 1000")
	}
	if c.Batch.Join < 0 || c.Batch.Join > longestJoin {
		fail("batch.join", "must lie between 0s and 100ms")
	}
	for name, as := range c.Batch.Params {
		if as == "" {
			fail("batch.params."+name, "must name a query parameter")
		}
	}
	if c.MaxResponse < units.KiB || c.MaxResponse > units.GiB {
		fail("max_response", "must lie between 1KiB and 1GiB")
	}
	if c.MaxConcurrency < 1 || c.MaxConcurrency > 1000 {
		fail("max_concurrency", "must lie between 1 and 1000")
	}
}
