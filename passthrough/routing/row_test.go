package routing

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheTableIsPrintedInTheOrderOfPrecedence(t *testing.T) {
	texts := []string{
		"GET api.example.com/users/{id}",
		"GET *.api.example.com/users",
		"GET *.example.com/users",
		"GET /orders",
		"GET /users",
		"PUT /users header:X-Beta=* query:full=1",
		"PUT /users",
		"/users",
		"GET /users/me",
		"GET /users/{id} v1 path header media default",
		"GET /users/{id} v2 header",
		"GET /users/{id}",
		"GET /{path...}",
	}
	want := []string{
		"GET api.example.com /users/{id} ",
		"GET *.api.example.com /users ",
		"GET *.example.com /users ",
		"GET * /orders ",
		"GET * /users ",
		"PUT * /users header X-Beta, query full=1",
		"PUT * /users ",
		"* * /users ",
		"GET * /users/me ",
		"GET * /users/{id} version v1 by API-Version or Accept or default",
		"GET * /users/{id} version v2 by API-Version",
		"GET * /users/{id} ",
		"GET * /v1/users/{id} ",
		"GET * /{path...} ",
	}
	for range 10 {
		rand.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
		rules := make([]Rule, len(texts))
		for i, text := range texts {
			rules[i] = ruleOf(t, text)
		}
		table, _ := New(rules, Policy{})
		var got []string
		for _, row := range table.Routes() {
			got = append(got, fmt.Sprintf("%s %s %s %s", row.Methods, row.Host, row.Path, row.With))
			if path := rules[row.Rule].Pattern.Path(); path != row.Path && "/v1"+path != row.Path {
				t.Errorf("%s is shown as %s", path, row.Path)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}
