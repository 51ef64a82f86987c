package waterfall

import "fmt"

// Config says who may see which calls an operation makes.
type Config struct {
	// Scope lets callers see it, who ask for it by the extension trace. Empty lets nobody.
	Scope string `yaml:"scope"`
	// Calls is how many calls of an operation are told of at most, from 1 to 10000. It bounds what an answer grows by.
	Calls int `yaml:"calls"`
}

// mostCalls bounds Config.Calls.
const mostCalls = 10_000

// DefaultConfig lets those see calls who may see plans.
func DefaultConfig() Config { return Config{Scope: "gateway:trace", Calls: 1000} }

// Validate reports what cannot be.
func (c Config) Validate(fail func(path, message string)) {
	if c.Calls < 1 || c.Calls > mostCalls {
		fail("calls", fmt.Sprintf("must be from 1 to %d", mostCalls))
	}
}
