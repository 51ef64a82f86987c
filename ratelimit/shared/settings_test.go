package shared

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettingsOutOfBoundsAreReported(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Settings)
		want   []string
	}{
		"none":          {func(*Settings) {}, nil},
		"no time":       {func(s *Settings) { s.Timeout = 0 }, []string{"timeout"}},
		"too much":      {func(s *Settings) { s.Timeout *= 1000 }, []string{"timeout"}},
		"rare looks":    {func(s *Settings) { s.Probe *= 1000 }, []string{"probe", "heartbeat"}},
		"rarer looks":   {func(s *Settings) { s.Heartbeat = s.Probe - 1 }, []string{"heartbeat"}},
		"no heartbeat":  {func(s *Settings) { s.Heartbeat = 0 }, []string{"heartbeat"}},
		"short leases":  {func(s *Settings) { s.LeaseTime = 1 }, []string{"lease_time"}},
		"no instance":   {func(s *Settings) { s.Instances = 0 }, []string{"instances"}},
		"many leases":   {func(s *Settings) { s.Leases = 1e9 }, []string{"leases"}},
		"leases off":    {func(s *Settings) { s.Leases = 0 }, nil},
		"two of a kind": {func(s *Settings) { s.Timeout, s.Leases = 0, -1 }, []string{"timeout", "leases"}},
	} {
		settings := DefaultSettings()
		tt.change(&settings)
		var got []string
		settings.Validate(func(path, _ string) { got = append(got, path) })
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
