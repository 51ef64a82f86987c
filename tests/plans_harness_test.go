package tests

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTheTrialsNoticeEveryKindOfDifference has the services of one of two equal gateways differ.
func TestTheTrialsNoticeEveryKindOfDifference(t *testing.T) {
	w := startTwins(t, planSites()["usual"])
	c := trial{as: "1", scopes: "users:read orders:read payments:read", query: `{ orders(first: 2) { nodes { id payment { status } } } }`}
	for name, only := range map[string]mishap{
		"errors":  {"order", "status 500", 1, 100},
		"calls":   {"order", "fewer", 1, 100},
		"data":    {"payment", "odd word", 1, 100},
		"nothing": {"product", "status 500", 1, 100},
	} {
		t.Run(name, func(t *testing.T) {
			w.sides[1].mishapsHere = []mishap{only}
			defer func() { w.sides[1].mishapsHere = nil }()
			v, err := w.try(t.Context(), c)
			if err != nil || v.differs == (name == "nothing") {
				t.Errorf("the difference is %v, %v", v.differs, err)
			}
		})
	}
}

// TestADifferenceIsMadeSmall begins with an operation of everything that operations are made of.
func TestADifferenceIsMadeSmall(t *testing.T) {
	t.Parallel()
	inTheQuickRun(t)
	w := startTwins(t, planSites()["usual"])
	w.sides[0].mishapsHere = []mishap{{"product", "status 500", 1, 100}}
	c := trial{as: "1", scopes: "users:read orders:read payments:read", accept: plainJSON, name: "Main", variables: `{"n": 2, "yes": true, "id": "7"}`}
	c.mishaps = []mishap{{"user", "shuffled", 1, 100}}
	c.query = `query Main($n: Int = 3, $yes: Boolean!, $id: ID!) { me { name } ... @include(if: $yes) { user(id: $id) { ...U } } orders(first: $n) { edges { cursor node { id } } nodes { b: status
		items @include(if: $yes) { quantity product { price { amount } n: name } } } } __typename }
		fragment U on User { name address { ...A } } fragment A on Address { city } query Other { me { id } }`
	small, err := w.shrink(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	want := "query Main { orders(first: 1) { nodes { items { product { name } } } } }"
	if got := strings.Join(strings.Fields(small.query), " "); got != want || small.variables != "" || len(small.mishaps) > 0 || small.accept != "" {
		t.Errorf("it was made into\n%s\nwant\n%s", small, want)
	}
}

func TestATrialIsReadAsItWasWritten(t *testing.T) {
	c := trial{
		why: "One line.\nAnother.", site: "other", as: "7", scopes: "a b", accept: "x/y", name: "Main", variables: `{"a": "b: c"}`, query: "{ me { id } }\n\n# end",
		mishaps: []mishap{{"order", "odd text", 7, 30}}, answers: map[string]answer{"user GET /users?ids=1": {200, "text/html; a=b", "\xff\n\"é", true}},
	}
	read, err := readTrial(c.String())
	if err != nil || read.String() != c.String() || read.answers["user GET /users?ids=1"] != c.answers["user GET /users?ids=1"] {
		t.Errorf("%s became %s, %v", c, read, err)
	}
}

func TestATrialIsTheSameEachTime(t *testing.T) {
	k := known{cursors: []string{"bzow"}, texts: []string{"kitchen"}}
	for n := range 50 {
		if a, b := newTrial(schema(), k, 1, n).String(), newTrial(schema(), k, 1, n).String(); a != b {
			t.Errorf("%s became %s", a, b)
		}
	}
}

// TestTrialsReachEverything asks whether every field of the schema and every mishap occurs, also those that come later.
func TestTrialsReachEverything(t *testing.T) {
	k := known{cursors: []string{"bzow"}, texts: []string{"kitchen"}}
	missing := make(map[string]bool)
	for name, definition := range schema().Types {
		for _, field := range definition.Fields {
			if name == "Usage" || field.Type.Name() == "Usage" || name == "Subscription" { // what authors leave out, and what has no plan
				continue
			}
			if definition.IsCompositeType() && !strings.HasPrefix(definition.Name, "__") && !strings.HasPrefix(field.Name, "__") {
				missing[definition.Name+"."+field.Name] = true
			}
		}
	}
	for n := 0; n < 5000*alike && len(missing) > 0; n += alike {
		c := newTrial(schema(), k, 1, n)
		for name := range selectedIn(t, c.query) {
			delete(missing, name)
		}
	}
	for name := range missing {
		t.Errorf("no trial selects %s", name)
	}
}

// Every mishap changes an answer, and so that both gateways are told the same.
func TestEveryMishapHappensAlike(t *testing.T) {
	record := `{"id":7,"user_id":8,"status":"shipped","total":10.50,"items":[{"product_id":1,"quantity":2}],"created_at":"2026-01-31T12:00:00Z"}`
	body := "[" + record + "," + strings.Replace(record, `"id":7`, `"id":9`, 1) + "]"
	statuses, answers, records := mishapKinds()
	for _, kind := range append(append(statuses, answers...), records...) {
		changed := false
		for seed := range uint64(20) {
			m := mishap{"order", kind, seed, 100}
			usual := answer{200, plainJSON, body, false}
			a, b := m.happen("/orders", usual), m.happen("/orders", usual)
			if a != b {
				t.Errorf("%q becomes %v, or %v", kind, a, b)
			}
			w := httptest.NewRecorder()
			if a.breaks || a.status == http.StatusNoContent {
				changed = true
				continue
			}
			a.write(w)
			changed = changed || w.Body.String() != body || w.Header().Get("Content-Type") != plainJSON
		}
		if !changed {
			t.Errorf("%q changes nothing", kind)
		}
	}
}
