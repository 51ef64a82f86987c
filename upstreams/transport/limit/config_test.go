package limit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConfigsThatContradictThemselves(t *testing.T) {
	for name, each := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"the default is fine":         {func(*Config) {}, nil},
		"nothing through":             {func(c *Config) { c.Max = 0 }, []string{"max: must lie between 1 and 100000"}},
		"more than there are":         {func(c *Config) { c.Max = 100_001 }, []string{"max: must lie between 1 and 100000"}},
		"no lowest limit":             {func(c *Config) { c.Min = 0 }, []string{"min: must be at least 1"}},
		"lowest above highest":        {func(c *Config) { c.Max = 10 }, []string{"min: is larger than max"}},
		"which matters to none":       {func(c *Config) { c.Max, c.Adaptive = 10, false }, nil},
		"no queue":                    {func(c *Config) { c.Queue, c.QueueWait = 0, 0 }, nil},
		"a queue of less than nobody": {func(c *Config) { c.Queue = -1 }, []string{"queue: must lie between 0 and 100000"}},
		"a queue without patience":    {func(c *Config) { c.QueueWait = 0 }, []string{"queue_wait: must be longer than 0s"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := DefaultConfig()
			each.change(&config)
			var got []string
			config.Validate(func(path, message string) { got = append(got, path+": "+message) })
			if diff := cmp.Diff(each.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
