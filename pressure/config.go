package pressure

// Config says from which part of the process's memory limit on requests are turned away: server.memory. All are percentages of
// it.
type Config struct {
	// Batch is from where on batch requests are. Some way below it, caches give back half of what they may take.
	Batch int `yaml:"batch"`
	// Interactive is from where on interactive requests are, too.
	Interactive int `yaml:"interactive"`
	// Critical is from where on all requests and connections are, those of the admin listener apart.
	Critical int `yaml:"critical"`
	// InFlight is how much the bodies of requests and the answers of services may take at the same time, with what is made of them.
	InFlight int `yaml:"in_flight"`
}

// DefaultConfig leaves the collector room to work.
func DefaultConfig() Config { return Config{Batch: 85, Interactive: 92, Critical: 97, InFlight: 50} }

// The bounds, in percent.
const (
	leastMark     = 20
	mostMark      = 100
	leastInFlight = 5
	mostInFlight  = 90
)

// Validate reports marks that make no sense.
func (c Config) Validate(fail func(path, message string)) {
	for _, each := range []struct {
		path string
		mark int
	}{{"batch", c.Batch}, {"interactive", c.Interactive}, {"critical", c.Critical}} {
		if each.mark < leastMark || each.mark > mostMark {
			fail(each.path, "must lie between 20 and 100 percent")
		}
	}
	if c.Interactive < c.Batch {
		fail("interactive", "must not be lower than batch, which matters less")
	}
	if c.Critical < c.Interactive {
		fail("critical", "must not be lower than interactive, which matters less")
	}
	if c.InFlight < leastInFlight || c.InFlight > mostInFlight {
		fail("in_flight", "must lie between 5 and 90 percent")
	}
}
