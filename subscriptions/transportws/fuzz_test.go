package transportws

import (
	"encoding/json"
	"testing"
	"time"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"type":"connection_init"}`, `{"type":"subscribe","id":"1","payload":{"query":"{me{id}}"}}`, `{"type":"complete","id":"1"}`,
		`{"type":"ping","payload":null}`, `[]`, `{"TYPE":"ping"}`, `{"type":"ping","payload": [1]}`, "\xff", `{"type":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		sent, ok := parse(text)
		switch {
		case !ok:
		case sent.Type == "subscribe" && (sent.ID == "" || !json.Valid(sent.Payload)):
			t.Errorf("%q is taken as %+v", text, sent)
		case len(sent.ID) > maxIDBytes && (sent.Type == "subscribe" || sent.Type == "complete"):
			t.Errorf("%q has an id that is too long", text)
		}
	})
}

func TestMessagesAreTakenAtARate(t *testing.T) {
	now := time.Unix(1, 0)
	r := newRate(10, now)
	taken := 0
	for range 100 {
		if r.take(now) {
			taken++
		}
	}
	if taken != 10 {
		t.Errorf("%d messages were taken at once, want 10", taken)
	}
	for i, want := range []bool{false, true, false} {
		now = now.Add(50 * time.Millisecond)
		if got := r.take(now); got != want {
			t.Errorf("message %d: %v, want %v", i, got, want)
		}
	}
}
