package stored

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/units"
)

func TestSettingsOutOfTheirBoundsAreReported(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(c *Config)
		want   []string
	}{
		"the default":            {func(*Config) {}, nil},
		"no memory":              {func(c *Config) { c.Memory = 0 }, []string{"memory"}},
		"more than any memory":   {func(c *Config) { c.Memory = 2048 * units.GiB }, []string{"memory"}},
		"no time":                {func(c *Config) { c.Redis.Timeout = 0 }, []string{"redis.timeout"}},
		"much time":              {func(c *Config) { c.Redis.Timeout = time.Minute }, []string{"redis.timeout"}},
		"no rest":                {func(c *Config) { c.Redis.Probe = 0 }, []string{"redis.probe"}},
		"no queue":               {func(c *Config) { c.Redis.Queue = 0 }, []string{"redis.queue"}},
		"no entries":             {func(c *Config) { c.Redis.MaxEntry = 0 }, []string{"redis.max_entry"}},
		"no room for one":        {func(c *Config) { c.Redis.QueueMemory = c.Redis.MaxEntry - 1 }, []string{"redis.queue_memory"}},
		"entries above all size": {func(c *Config) { c.Redis.MaxEntry = units.GiB }, []string{"redis.max_entry", "redis.queue_memory"}},
		"nothing at all": {
			func(c *Config) { *c = Config{} },
			[]string{"memory", "redis.timeout", "redis.probe", "redis.queue", "redis.max_entry", "redis.queue_memory"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := DefaultConfig()
			tt.change(&config)
			var got []string
			config.Validate(func(path, _ string) { got = append(got, path) })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
