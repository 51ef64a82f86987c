package plan_test

import (
	"slices"
	"testing"

	"github.com/concierge-gateway/concierge/plan"
)

func TestAConfigurationThatPlansCannotGoByIsReported(t *testing.T) {
	for size, want := range map[int][]string{50: nil, 1: nil, 0: {"list_size"}, -1: {"list_size"}} {
		c := plan.DefaultConfig()
		c.ListSize = size
		var got []string
		c.Validate(func(path, _ string) { got = append(got, path) })
		if !slices.Equal(got, want) {
			t.Errorf("of lists of %d the mistakes are at %q, want %q", size, got, want)
		}
	}
}
