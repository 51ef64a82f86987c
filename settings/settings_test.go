package settings_test

import (
	"testing"

	"github.com/concierge-gateway/concierge/settings"
)

type wrong []string

func (w wrong) Validate(fail func(path, message string)) {
	for _, path := range w {
		fail(path, "must be something else")
	}
}

func TestAllThatIsWrongIsOneError(t *testing.T) {
	if err := settings.Check(wrong{}); err != nil {
		t.Errorf("of nothing: %v", err)
	}
	const want = "a: must be something else\nb.c: must be something else"
	if err := settings.Check(wrong{"a", "b.c"}); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
