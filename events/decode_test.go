package events_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/events"
)

func TestWhatAServiceSaysOfAnEventIsRead(t *testing.T) {
	const text = `{"type": "payment.created", "id": 3, "order_id": 7, "user_id": 2, "amount": 1, "at": "2026-01-02T15:04:05Z"}`
	got, err := events.Decode("payment", []string{"payment", "order", "user"}, "e1", []byte(text))
	want := events.Event{
		Service: "payment", ID: "e1", Type: "payment.created", At: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC),
		Topics: []events.Topic{{Kind: "payment", ID: 3}, {Kind: "order", ID: 7}, {Kind: "user", ID: 2}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("it was read as (-want +got):\n%s%v", diff, err)
	}
	if got.Subject() != want.Topics[0] || got.Of("order") != 7 || got.Of("product") != 0 {
		t.Errorf("it is about %v, of order %d and product %d", got.Subject(), got.Of("order"), got.Of("product"))
	}
}

func TestWhatSaysNoEventIsRefused(t *testing.T) {
	const at = `, "at": "2026-01-02T15:04:05Z"}`
	for name, c := range map[string]struct{ id, text string }{
		"no name":                {"", `{"type": "order.created", "id": 3` + at},
		"a long name":            {strings.Repeat("x", 257), `{"type": "order.created", "id": 3` + at},
		"no JSON":                {"e", `{"type": "order.created"`},
		"a list":                 {"e", `[]`},
		"another kind":           {"e", `{"type": "payment.created", "id": 3` + at},
		"no type":                {"e", `{"id": 3` + at},
		"no id":                  {"e", `{"type": "order.created"` + at},
		"an id that is a text":   {"e", `{"type": "order.created", "id": "3"` + at},
		"an id that is none":     {"e", `{"type": "order.created", "id": 0` + at},
		"no time":                {"e", `{"type": "order.created", "id": 3}`},
		"a member that is twice": {"e", `{"type": "order.created", "id": 3, "id": 4` + at},
	} {
		t.Run(name, func(t *testing.T) {
			if e, err := events.Decode("order", []string{"order", "user"}, c.id, []byte(c.text)); err == nil {
				t.Errorf("it was read as %+v", e)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("e1", []byte(`{"type": "order.created", "id": 3, "user_id": 7, "at": "2026-01-02T15:04:05Z"}`))
	f.Add("e1", []byte(`{"type": "order.", "id": 9007199254740993, "_id": 7, "order_id": 1, "at": "0001-01-01T00:00:00Z"}`))
	f.Add("", []byte(`null`))
	f.Fuzz(func(t *testing.T, id string, text []byte) {
		e, err := events.Decode("order", []string{"order", "user"}, id, text)
		if err != nil {
			return
		}
		if e.Subject().Kind != "order" || e.Subject().ID < 1 || e.ID != id || len(e.Topics) > 2 || !strings.HasPrefix(e.Type, "order.") {
			t.Fatalf("it was read as %+v", e)
		}
		for _, each := range e.Topics[1:] {
			if each.Kind != "user" || each.ID < 1 {
				t.Fatalf("it belongs to %+v", each)
			}
		}
	})
}
