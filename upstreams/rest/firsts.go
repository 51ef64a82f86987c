package rest

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// FirstParts are the first parts of the lists that belong to keys, each cut out of what was found for its own key. What is whole
// stays so, and may then hold more of a list than its part.
func FirstParts(f Found[record.ID], parts []record.Part) Found[record.Part] {
	if f.whole != nil {
		return Found[record.Part]{asked: f.asked, whole: &wholeFirsts{lists: f, parts: parts}}
	}
	cut := Found[record.Part]{Records: make(map[record.Part][]jsontext.Value, len(parts)), asked: f.asked}
	for _, part := range parts {
		if err := f.Failed[part.Of]; err != nil {
			cut.Failed = failing(cut.Failed, err, part)
			continue
		}
		list := f.Records[part.Of]
		n := min(len(list), part.Limit)
		cut.Records[part] = list[:n:n] // what is behind it belongs to others
	}
	return cut
}

// wholeFirsts is an answer that holds lists whose first parts are wanted.
type wholeFirsts struct {
	lists Found[record.ID] // whole
	parts []record.Part
}

func (w *wholeFirsts) text() jsontext.Value { return w.lists.whole.text() }

func (w *wholeFirsts) keyedBy() string { return w.lists.whole.keyedBy() }

func (*wholeFirsts) isLists() bool { return true }

func (w *wholeFirsts) apart(ctx context.Context) Found[record.Part] {
	w.lists.Split(ctx)
	cut := FirstParts(w.lists, w.parts)
	cut.EmptyLists(ctx, w.parts)
	return cut
}
