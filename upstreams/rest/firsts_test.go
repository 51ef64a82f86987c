package rest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestFirstPartsAreCutOutOfWhatWasFoundForTheirKeys(t *testing.T) {
	broken := errors.New("broken")
	found := Found[record.ID]{
		Records: map[record.ID][]jsontext.Value{1: {jsontext.Value(`{"a":1}`), jsontext.Value(`{"a":2}`)}},
		Failed:  map[record.ID]error{2: broken},
	}
	parts := []record.Part{{Of: 1, Limit: 1}, {Of: 1, Limit: 5}, {Of: 2, Limit: 1}, {Of: 3, Limit: 1}}
	cut := FirstParts(found, parts)
	var lengths []int
	for _, part := range parts {
		lengths = append(lengths, len(cut.Records[part]))
	}
	if !slices.Equal(lengths, []int{1, 2, 0, 0}) || len(cut.Failed) != 1 || !errors.Is(cut.Failed[parts[2]], broken) {
		t.Errorf("the parts have %v records, and %v failed", lengths, cut.Failed)
	}
}

func TestFirstPartsAreWholeUntilSomebodyTakesThemApart(t *testing.T) {
	parts := []record.Part{{Of: 2, Limit: 1}, {Of: 1, Limit: 5}, {Of: 1, Limit: 1}, {Of: 3, Limit: 1}}
	for body, want := range map[string][]int{
		`[{"id":2,"n":1},{"id":1},{"id":2},{"id":1},{"id":9}]`: {1, 2, 1, 0}, `[]`: {0, 0, 0, 0}, `[{"id":1},{"n":1}]`: nil,
	} {
		found := FirstParts(answering(body).client(nil).Find(t.Context(), things, ids(3)), parts)
		found.EmptyLists(t.Context(), parts)
		if text, ok := found.Whole(); !ok || string(text) != body || found.KeyedBy() != "id" {
			t.Errorf("of %s the whole is %s, %t, keyed by %q", body, text, ok, found.KeyedBy())
		}
		found.Split(t.Context())
		if _, ok := found.Whole(); ok || found.KeyedBy() != "" {
			t.Errorf("%s was split, and is whole", body)
		}
		if err := found.Unreadable(t.Context(), errors.New("odd")); !strings.Contains(err.Error(), things.Doing) {
			t.Errorf("what cannot be read of %s is told as %v", body, err)
		}
		for i, part := range parts {
			list, err := found.Records[part], found.Failed[part]
			switch {
			case want == nil:
				if list != nil || problem.KindOf(err) != problem.UpstreamError {
					t.Errorf("of %s %v has %s, %v, want an UpstreamError", body, part, list, err)
				}
			case list == nil || len(list) != want[i] || err != nil:
				t.Errorf("of %s %v has %s, %v, want a list of %d", body, part, list, err, want[i])
			}
		}
	}
}
