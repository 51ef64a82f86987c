package redact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/passthrough/reshape"
)

// canary stands where a stranger must not see anything.
const canary = "CANARY"

// strangers are records of user 8 with something of the service's in several places of each. All canaries are withheld from user 7.
func strangers(of, something string) []string {
	records := map[string][]string{
		"User": {
			`{"id":8,"name":%s,"email":"C","phone":"C","role":"C","status":"C","address":{"city":"C"},"created_at":"C"}`,
			`{"email":"C","address":{"city":"C","x":%s},"x":%s,"id":8}`,
			`{"id":%s,"email":{"C":"C"},"status":["C"],"x":{"id":7,"name":"C"},"name":{"id":"C"},"address":["C",{"zip":"C"}]}`,
			`[%s,{"id":8,"email":"C"},[{"phone":"C","id":%s}]]`,
		},
		"Order": {
			`{"id":"C","x":%s,"user_id":8,"total":"C","items":[{"quantity":"C"}]}`,
			`[%s,{"user_id":%s,"status":"C"},{"status":"C"},{"status":"C","user_id":[7]},"C",{"x":{"user_id":7},"status":"C"}]`,
		},
		"Payment": {
			`{"id":"C","order_id":80,"card_number":"4242424242421234","method":"C","x":%s}`,
			`[{"order":{"id":70},"amount":"C"},%s,{"order_id":%s,"amount":"C"}]`,
		},
	}
	made := make([]string, len(records[of]))
	for i, each := range records[of] {
		made[i] = strings.ReplaceAll(strings.ReplaceAll(each, `"C"`, `"`+canary+`"`), "%s", something)
	}
	return made
}

// FuzzFilter hands the filters any JSON: whole, and as a part of a stranger's records.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `"7"`, `7`, `8`, `[[[]]]`, `{"id":7}`, `{"id":7,"email":"e","phone":"p","address":{"city":"c"},"role":"r"}`,
		`[{"id":7,"email":"a"},{"id":8,"email":"b"}]`, `{"id":8,"\u0065mail":"x","em\u0061il":"y"}`, `{"user_id":7,"user_id":8}`,
		`{"user_id":7,"status":"s"}`, `[{"order_id":70,"amount":1},{"amount":2,"order_id":80}]`,
		`{"order_id":"70","card_number":"4242424242421234"}`,
		`{"order_id":"70","card_number":"00000000123A4"}`,
		`{"id":{"id":7}}`, `"\ud800"`, "\"\xff\"", `{"a":1`, `[1,]`, strings.Repeat(`[`, 200), `1e999`, `{"id":7.0,"email":"e"}`,
	} {
		f.Add([]byte(seed))
	}
	p := gateways(f)
	filters := map[string]*filter{"User": filterOf(f, p, "User"), "Order": filterOf(f, p, "Order"), "Payment": filterOf(f, p, "Payment")}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte("CANARY")) || len(text) > 10_000 {
			t.Skip("it has what is looked for")
		}
		for name, filter := range filters {
			checkShown(t, filter, name, string(text))
			if !jsontext.Value(text).IsValid() {
				continue // a piece of JSON could make the rest another's
			}
			for _, each := range strangers(name, string(text)) {
				if owns(text) && strings.Contains(each, `:`+string(text)) {
					continue // it makes the record the caller's own
				}
				shown, _ := filter.show(t, customer(), each)
				if strings.Contains(shown, canary) || strings.Contains(shown, "1234") && !mayBeCard(text) {
					t.Errorf("of %s a stranger sees %s", each, shown)
				}
			}
		}
	})
}

// mayBeCard reports whether a piece of JSON has as many digits as a number of which the end is shown: it may be one of the caller's
// own, whatever stands between its digits.
func mayBeCard(text []byte) bool {
	digits := 0
	for _, c := range text {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	return digits >= 3*len("1234")
}

// owns reports whether a value names the caller, or an order of the caller's.
func owns(text []byte) bool {
	trimmed := strings.Trim(string(text), " \t\r\n\"")
	return trimmed == "7" || trimmed == "70"
}

// checkShown holds what the caller sees of any text against the members that strangers see, and those that owners do.
func checkShown(t *testing.T, f *filter, name, text string) {
	t.Helper()
	shown, err := f.show(t, customer(), text)
	if err != nil {
		if shown != "" {
			t.Errorf("of %q something is shown beside an error: %s", text, shown)
		}
		if invalid := new(reshape.Invalid); !errors.As(err, &invalid) && !errors.Is(err, reshape.ErrRefused) {
			t.Errorf("%q: %v", text, err)
		}
		return
	}
	var value any
	decoder := json.NewDecoder(strings.NewReader(shown))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("of %q it makes %q: %v", text, shown, err)
	}
	checkRecords(t, name, value)
}

func checkRecords(t *testing.T, name string, value any) {
	t.Helper()
	switch v := value.(type) {
	case []any:
		for _, each := range v {
			checkRecords(t, name, each)
		}
	case map[string]any:
		owner, own := v[map[string]string{"User": "id", "Order": "user_id", "Payment": "order_id"}[name]], "7"
		if name == "Payment" {
			own = "70"
		}
		if fmt.Sprint(owner) == own {
			return
		}
		if name != "User" {
			t.Errorf("%v is shown to user 7", v)
		}
		for member := range v {
			if member != "id" && member != "name" && member != "username" {
				t.Errorf("%v is shown to user 7, with %s", v, member)
			}
		}
	}
}
