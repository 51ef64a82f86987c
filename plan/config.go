package plan

// Config is how plans are used.
type Config struct {
	// Enabled answers operations by plans where there are any. Else gqlgen runs them all: the answers are the same.
	Enabled bool `yaml:"enabled"`
	// Scope lets callers see the plan of an operation, who ask for it by the extension plan. Empty lets nobody.
	Scope string `yaml:"scope"`
	// ListSize is how many elements the lists within a record count as, such as an order's lines, where the most is told that an
	// operation can ask services for. Nothing bounds them but the size of an answer.
	ListSize int `yaml:"list_size"`
}

// DefaultConfig plans.
func DefaultConfig() Config { return Config{Enabled: true, Scope: "gateway:trace", ListSize: 50} }

// Validate reports what plans cannot go by.
func (c Config) Validate(fail func(path, message string)) {
	if c.ListSize < 1 {
		fail("list_size", "must be at least 1")
	}
}
