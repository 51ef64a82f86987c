package rest

import (
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestThePartOfAListIsWholeUntilSomebodyTakesItApart(t *testing.T) {
	part := record.Part{Limit: 2}
	for body, want := range map[string]int{`[{"id":1},{"id":2}]`: 2, `[]`: 0, `[{"id":1},{"name":"secret"}]`: -1, `{"id":1}`: -1, `[{"id":1}`: -1} {
		client := answering(body).client(nil)
		found := client.Part(t.Context(), "list things", Get("/things", nil), part)
		found.EmptyLists(t.Context(), []record.Part{part})
		if text, ok := found.Whole(); !ok || string(text) != body {
			t.Errorf("of %s the whole is %s, %t", body, text, ok)
		}
		found.Split(t.Context())
		found.Split(t.Context())
		if _, ok := found.Whole(); ok {
			t.Errorf("%s was split, and is whole", body)
		}
		list, err := found.Records[part], found.Failed[part]
		switch {
		case want < 0:
			if list != nil || problem.KindOf(err) != problem.UpstreamError || !strings.HasPrefix(err.Error(), "list things: ") {
				t.Errorf("of %s found %s, %v, want an UpstreamError", body, list, err)
			}
		case list == nil || len(list) != want || err != nil:
			t.Errorf("of %s found %s, %v, want a list of %d", body, list, err, want)
		}
	}
}

func TestTwoWholeAnswersAreSplitWhereTheyAreAdded(t *testing.T) {
	client := answering(`[{"id":1},{"id":2}]`).client(nil)
	first := client.Find(t.Context(), things, []record.ID{1})
	first.Add(t.Context(), client.Find(t.Context(), things, []record.ID{2}))
	if len(first.Records[1]) != 1 || len(first.Records[2]) != 1 || first.Failed != nil {
		t.Errorf("found %s, %v, want a record of each", first.Records, first.Failed)
	}
}
