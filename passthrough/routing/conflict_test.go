package routing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTwoRulesThatARequestFitsEquallyAreAConflict(t *testing.T) {
	const neither = ", and neither's conditions go before the other's"
	for _, tt := range []struct{ one, other, want string }{
		{"GET /users", "GET /users", "both take GET /users"},
		{"/users", "/users", "both take /users"},
		{"GET /users/{id}", "GET /users/{name}", "both take GET /users/{id}"},
		{"GET /{a...}", "GET,PUT /{b...}", "both take GET /{a...}"},
		{"GET,PATCH /users", "PUT,PATCH /users", "both take PATCH /users"},
		{"GET,HEAD /users", "HEAD /users", "both take HEAD /users"},
		{"GET /caf%C3%A9", "GET /café", "both take GET /caf%C3%A9"},
		{"GET a.example/x", "GET A.Example/x", "both take GET /x"},
		{"GET *.a.example/x", "GET *.a.example/x", "both take GET /x"},
		{"GET /x header:A=1", "GET /x header:B=1", "both take GET /x" + neither},
		{"GET /x header:A=*", "GET /x header:A=*", "both take GET /x" + neither},
		{"GET /x header:A=1", "GET /x header:a=1", "both take GET /x" + neither},
		{"GET /x header:A=1", "GET /x query:A=2", "both take GET /x" + neither},
		{"GET /x header:A=1 query:b=*", "GET /x header:A=* query:b=1", "both take GET /x" + neither},
		{"GET /x v1 header", "GET /x v1 header", "both take GET /x with API-Version: v1"},
		{"GET /x v1 header media", "GET /x v1 media", "both take GET /x with version=1 in Accept"},
		{"GET /x v1 header default", "GET /x v2 header default", "both take GET /x where no version is named"},
		{"GET /x v1 path default", "GET /x v1 path default", "both take GET /v1/x"},
		{"GET /x v1 path", "GET /v1/x", "both take GET /v1/x"},

		{"GET /users", "PUT /users", ""},
		{"GET /users", "/users", ""},
		{"GET /users", "HEAD /users", ""},
		{"GET /users", "GET /users/", ""},
		{"GET /users", "GET /Users", ""},
		{"GET /users/{id}", "GET /users/me", ""},
		{"GET /{a}/b", "GET /a/{b}", ""},
		{"GET /users/{id}", "GET /users/{id...}", ""},
		{"GET a.example/x", "GET b.example/x", ""},
		{"GET a.example/x", "GET *.example/x", ""},
		{"GET a.example/x", "GET /x", ""},
		{"GET /x", "GET /x header:A=*", ""},
		{"GET /x header:A=1", "GET /x header:A=*", ""},
		{"GET /x header:A=1", "GET /x header:A=2", ""},
		{"GET /x query:a=1 header:B=1", "GET /x query:a=2 header:C=1", ""},
		{"GET /x v1 header", "GET /x v2 header default", ""},
		{"GET /x v1 header", "GET /x v1 media", ""},
		{"GET /x v1 header", "GET /x v1 default", ""},
		{"GET /x v1 header default", "GET /x", ""},
		{"GET /x v1 path", "GET /x", ""},
	} {
		for range 2 {
			_, conflicts := New([]Rule{ruleOf(t, tt.one), ruleOf(t, tt.other)}, Policy{})
			var want []Conflict
			if tt.want != "" {
				want = []Conflict{{0, 1, tt.want}}
			}
			ignoreNames := cmp.Transformer("names", func(text string) string {
				return strings.NewReplacer("{id}", "{}", "{name}", "{}", "{a...}", "{}", "{b...}", "{}", "%C3%A9", "é").Replace(text)
			})
			if diff := cmp.Diff(want, conflicts, ignoreNames); diff != "" {
				t.Errorf("%s and %s (-want +got):\n%s", tt.one, tt.other, diff)
			}
			tt.one, tt.other = tt.other, tt.one
		}
	}
}

func TestConflictsNameTheRulesInTheirOrder(t *testing.T) {
	var rules []Rule
	for _, text := range []string{"GET /b", "GET /a", "GET /b", "GET /a", "GET /b"} {
		rules = append(rules, ruleOf(t, text))
	}
	_, got := New(rules, Policy{})
	want := []Conflict{
		{0, 2, "both take GET /b"}, {0, 4, "both take GET /b"}, {1, 3, "both take GET /a"}, {2, 4, "both take GET /b"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
