package demand

import "fmt"

// Config says how much an operation may ask for, and what becomes of one that asks for more.
type Config struct {
	// Limits are those of callers who have none of their own.
	Limits `yaml:",inline"`

	// Mode is off (nothing is reckoned), measure (it is reckoned and counted, and nothing is refused) or enforce.
	Mode Mode `yaml:"mode"`
}

// Mode is what is done with what an operation is reckoned to take.
type Mode string

// The modes.
const (
	Off     Mode = "off"
	Measure Mode = "measure"
	Enforce Mode = "enforce"
)

// Limits bound one operation. 0 leaves a measure to the general limit.
type Limits struct {
	// Cost bounds what an operation costs by the weights of the schema.
	Cost int `yaml:"cost"`
	// Calls bounds the requests to services that it can lead to.
	Calls int `yaml:"calls"`
	// Keys bounds the ids and the parts of lists that services can be asked for.
	Keys int `yaml:"keys"`
}

// DefaultConfig refuses what nobody asks for to show it to people. A page of 100 orders with their users, payments, lines and
// products fits several times. A page of 100 users with 10 orders each, with their lines and products, does not: it can be 50,000
// products, which nobody reads at once, and which keep one service busy for everybody. By 20 users a page it fits. The calls are
// those of a page of 20 orders at services that take one key in a call; with batches, the keys are bounded first.
func DefaultConfig() Config {
	return Config{Mode: Enforce, Limits: Limits{Cost: 50_000, Calls: 2_000, Keys: 20_000}}
}

// Validate reports what nothing can be held to.
func (c Config) Validate(fail func(path, message string)) {
	switch c.Mode {
	case Off, Measure, Enforce:
	default:
		fail("mode", "must be off, measure or enforce")
	}
	for _, each := range measures() {
		if limit := each.limit(c.Limits); limit < 1 || limit > Countless {
			fail(each.name, fmt.Sprintf("must lie between 1 and %d", Countless))
		}
	}
}

// Validate reports what nothing can be held to in limits that lie over others.
func (l Limits) Validate(fail func(path, message string)) {
	for _, each := range measures() {
		if limit := each.limit(l); limit < 0 || limit > Countless {
			fail(each.name, fmt.Sprintf("must lie between 1 and %d, or be 0 for the general limit", Countless))
		}
	}
}

// Over is these limits, and where they say nothing, those of base.
func (l Limits) Over(base Limits) Limits {
	if l.Cost == 0 {
		l.Cost = base.Cost
	}
	if l.Calls == 0 {
		l.Calls = base.Calls
	}
	if l.Keys == 0 {
		l.Keys = base.Keys
	}
	return l
}
