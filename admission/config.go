package admission

import (
	"fmt"

	"github.com/concierge-gateway/concierge/priority"
)

// Config says how many requests the gateway takes.
type Config struct {
	// MaxConcurrency is the most requests that are answered at the same time. What comes on top is turned away, the lowest priority
	// first.
	MaxConcurrency int `yaml:"max_concurrency"`
}

// DefaultConfig has room for 10,000 clients who each wait for their answer before they ask again, even as batch.
func DefaultConfig() Config { return Config{MaxConcurrency: 12_500} }

// The bounds of MaxConcurrency. In the least of gateways each class has room that no lower one can take: five percent of it are
// one request.
const (
	leastConcurrency = 20
	mostConcurrency  = 1_000_000
)

// Validate reports a number of requests that cannot be divided among the classes, or that no machine could answer.
func (c Config) Validate(fail func(path, message string)) {
	if c.MaxConcurrency < leastConcurrency || c.MaxConcurrency > mostConcurrency {
		fail("max_concurrency", fmt.Sprintf("must lie between %d and %d", leastConcurrency, mostConcurrency))
	}
}

// Operations are the classes of GraphQL operations.
type Operations struct {
	// Default is the class of an operation that priorities does not name: batch, interactive or critical.
	Default priority.Class `yaml:"priority"`
	// Named are the classes of operations by name: batch, interactive or critical.
	Named map[string]priority.Class `yaml:"priorities"`
}

// Of is the class of the operation of that name, which is empty where it has none.
func (o Operations) Of(name string) priority.Class {
	if class, ok := o.Named[name]; ok {
		return class
	}
	return o.Default
}
