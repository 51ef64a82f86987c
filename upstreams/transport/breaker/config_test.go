package breaker

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConfigReportsWhatCouldNeverWork(t *testing.T) {
	tests := map[string]struct {
		change func(*Config)
		want   []string
	}{
		"the defaults":             {func(*Config) {}, nil},
		"no ramp":                  {func(c *Config) { c.Ramp = 0 }, nil},
		"a window of no length":    {func(c *Config) { c.Window = 0 }, []string{"window must lie between 1s and 10m"}},
		"no calls":                 {func(c *Config) { c.MinCalls = 0 }, []string{"min_calls must lie between 1 and 100000"}},
		"failures that are none":   {func(c *Config) { c.FailureRate = 0 }, []string{"failure_rate must lie between 1 and 100 percent"}},
		"more slow calls than all": {func(c *Config) { c.SlowRate = 101 }, []string{"slow_rate must lie between 0 and 100 percent"}},
		"every call is slow":       {func(c *Config) { c.SlowAfter = 0 }, []string{"slow_after must be longer than 0s"}},
		"never open":               {func(c *Config) { c.Open = 0 }, []string{"open must be longer than 0s"}},
		"a bound that is too low":  {func(c *Config) { c.MaxOpen = time.Second }, []string{"max_open is shorter than open"}},
		"no probes":                {func(c *Config) { c.Probes = 0 }, []string{"probes must lie between 1 and 1000"}},
		"a ramp that goes back":    {func(c *Config) { c.Ramp = -1 }, []string{"ramp must not be negative"}},
		"several at once": {
			func(c *Config) { c.Probes, c.MinCalls = -1, -1 },
			[]string{"min_calls must lie between 1 and 100000", "probes must lie between 1 and 1000"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			config := DefaultConfig()
			tt.change(&config)
			var got []string
			config.Validate(func(path, message string) { got = append(got, path+" "+message) })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
