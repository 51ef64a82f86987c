package gateway

import (
	"testing"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/upstreams"
)

func TestNothingIsKeptOfWhatNobodyMaySee(t *testing.T) {
	c := config.Default()
	c.Upstreams.Others = map[string]upstreams.Routed{"files": {}}
	stated, err := readStatement(c)
	if err != nil {
		t.Fatal(err)
	}
	around, err := surroundings(c, stated, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newStripper(c, around.Policy)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		service, body, want string
		ok                  bool
	}{
		"a record":                       {"user", `{"id":7,"password_hash":"x","email":"a@b"}`, `{"id":7,"email":"a@b"}`, true},
		"a list":                         {"payment", `[{"id":1,"card_cvv":"123"},{"risk_score":3}]`, `[{"id":1},{}]`, true},
		"a card number":                  {"payment", `{"id":1,"card_number":"4242-4242 4242.1234"}`, `{"id":1,"card_number":"0000000000001234"}`, true},
		"one that is too short":          {"payment", `{"order":{"card_number":"12345678"}}`, `{"order":{"card_number":null}}`, true},
		"a record within one":            {"order", `{"user":{"api_token":"t","id":1}}`, `{"user":{"id":1}}`, true},
		"a name in other characters":     {"user", `{"api\u005ftoken":"t","id":1}`, `{"id":1}`, true},
		"what is no JSON":                {"user", `password_hash=x`, ``, false},
		"a text that is cut off":         {"user", `{"id":7,"email"`, ``, false},
		"nothing":                        {"user", ``, ``, true},
		"a service without a contract":   {"files", "any\x00bytes", "any\x00bytes", true},
		"one that tells it all the same": {"files", `{"password_hash":"x","id":1}`, ``, false},
		"or a card's number":             {"files", `[{"card_number":"4242424242421234"}]`, ``, false},
		"or either in other characters":  {"files", "\r\n" + `{"pa\u0073sword_hash":"x"}`, ``, false},
		"in lines":                       {"files", `{"id":1}` + "\n" + `{"password_hash":"x"}`, ``, false},
		"in what is no JSON":             {"files", `x = {"password_hash": "x"}`, ``, false},
		"behind a mark":                  {"files", "\ufeff" + `{"pa\u0073sword_hash":"x"}`, ``, false},
		"other JSON":                     {"files", `{ "id" : 1 }`, `{ "id" : 1 }`, true},
		"a program with escapes":         {"files", `x = "\u0041"`, `x = "\u0041"`, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := s.strip(tt.service, []byte(tt.body))
			if ok != tt.ok || ok && string(got) != tt.want {
				t.Errorf("got %q, %v", got, ok)
			}
		})
	}
}
