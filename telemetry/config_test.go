package telemetry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/telemetry"
)

func TestConfigReportsWhatDoesNotExist(t *testing.T) {
	tests := map[string]struct {
		cfg  telemetry.Config
		want []string
	}{
		"the defaults": {telemetry.DefaultConfig(), nil},
		"unknown": {
			telemetry.Config{Level: "loud", Format: "xml", Sample: 1.5, Slow: -1, PrincipalKey: "short", Buffer: 2 << 30},
			[]string{"level", "format", "sample", "slow", "principal_key", "buffer"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			tt.cfg.Validate(func(path, _ string) { got = append(got, path) })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
