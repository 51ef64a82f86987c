package subscriptions_test

import (
	"testing"

	"github.com/concierge-gateway/concierge/subscriptions"
)

func TestBoundsThatBoundNothingAreMistakes(t *testing.T) {
	var paths []string
	fail := func(path, _ string) { paths = append(paths, path) }
	subscriptions.DefaultConfig().Validate(fail)
	if len(paths) > 0 {
		t.Errorf("the defaults are mistakes: %v", paths)
	}
	subscriptions.Config{Enabled: true}.Validate(fail)
	if len(paths) != 12 {
		t.Errorf("of nothing, %d are mistakes: %v", len(paths), paths)
	}
}
