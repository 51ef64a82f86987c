package priority_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/priority"
)

func TestClassesAreListedFromTheLowest(t *testing.T) {
	want := []priority.Class{priority.Batch, priority.Interactive, priority.Critical}
	if diff := cmp.Diff(want, priority.Classes()); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	if !slices.IsSorted(priority.Classes()) {
		t.Error("a class that matters less is not the smaller one")
	}
}

func TestAClassIsReadAsItIsWritten(t *testing.T) {
	for _, class := range priority.Classes() {
		text, err := json.Marshal(map[priority.Class]priority.Class{class: class})
		if err != nil {
			t.Fatal(err)
		}
		if want := `{"` + class.String() + `":"` + class.String() + `"}`; string(text) != want {
			t.Errorf("it is written as %s, want %s", text, want)
		}
		var got map[priority.Class]priority.Class
		if err := json.Unmarshal(text, &got); err != nil || got[class] != class {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
	}
}

func TestWhatIsNoClassIsRefusedAndChangesNothing(t *testing.T) {
	for _, text := range []string{"", "Batch", " batch", "batch ", "high", "0", "interactive,critical"} {
		class := priority.Critical
		err := class.UnmarshalText([]byte(text))
		if err == nil || err.Error() != "must be batch, interactive or critical" {
			t.Errorf("%q is read with %v", text, err)
		}
		if class != priority.Critical {
			t.Errorf("%q was refused and is read as %s", text, class)
		}
	}
}

func TestAnUnknownClassIsTheUsualOne(t *testing.T) {
	for _, class := range []priority.Class{-2, 2, 99} {
		if got := class.String(); got != "interactive" {
			t.Errorf("%d is called %s", class, got)
		}
	}
}

func TestAContextTellsTheClassThatItWasGivenLast(t *testing.T) {
	if got := priority.From(t.Context()); got != priority.Interactive {
		t.Errorf("a context without a class tells %s", got)
	}
	for _, class := range []priority.Class{priority.Batch, priority.Critical, priority.Interactive} {
		before := priority.With(t.Context(), priority.Critical)
		below, cancel := context.WithCancel(priority.With(before, class))
		if got := priority.From(below); got != class {
			t.Errorf("it tells %s, want %s", got, class)
		}
		cancel()
	}
}
