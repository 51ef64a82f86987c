package answers

import (
	"slices"
	"testing"
	"time"
)

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *Config)
		want   []string
	}{
		"the defaults": {func(*Config) {}, nil},
		"nothing":      {func(c *Config) { *c = Config{MaxEntry: 1} }, nil},
		"all of it":    {func(c *Config) { *c = Config{MaxAge: -time.Second, Refreshes: -1} }, []string{"max_age", "max_entry", "refreshes"}},
		"too many":     {func(c *Config) { c.Refreshes = 1001 }, []string{"refreshes"}},
	} {
		config := DefaultConfig()
		c.change(&config)
		var got []string
		config.Validate(func(path, _ string) { got = append(got, path) })
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: wrong are %q, want %q", name, got, c.want)
		}
	}
}
