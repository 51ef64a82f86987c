package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// byBothExecutions runs a test with plans and without them.
func byBothExecutions(t *testing.T, yaml string, test func(t *testing.T, p *program)) {
	t.Helper()
	for name, each := range map[string]string{"with plans": yaml, "without plans": with(yaml, "graphql", "plans: {enabled: false}")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, startKeeping(t, each))
		})
	}
}

func TestAnOperationThatEverybodyAsksIsKeptWholeHoweverItIsExecuted(t *testing.T) {
	t.Parallel()
	byBothExecutions(t, caching(anonymous(standard), "product: {depends: nothing}"), func(t *testing.T, p *program) {
		t.Helper()
		const list = `{ products(first: 3) { nodes { id name price { amount } } pageInfo { endCursor } } }`
		first := send(t, p.reading(t, "customer", list, ""))
		got := p.asking(func() {
			for _, as := range []string{"customer", "support", "nobody"} {
				r := send(t, p.reading(t, as, list, ""))
				if !bytes.Equal(r.body, first.body) || !strings.HasPrefix(r.header.Get("Cache-Status"), "concierge; hit") || r.header.Get("Age") == "" {
					t.Errorf("%s is answered with %s and %v", as, r.body, r.header)
				}
				if r := p.run(t, operation{as: as, query: list}); !bytes.Equal(r.body, first.body) || r.header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s is answered by POST with %s and %v", as, r.body, r.header)
				}
			}
		})
		if got != "" {
			t.Errorf("services were asked:\n%s", got)
		}
	})
}

func TestWhatIsSkippedOfAnOperationIsNoPartOfItsAnswer(t *testing.T) {
	t.Parallel()
	const query = `query Q($mine: Boolean! = false, $less: Boolean! = false) { product(id: 3) { name stock @skip(if: $less) } me @include(if: $mine) { name } }`
	byBothExecutions(t, caching(anonymous(standard), "product: {depends: nothing}", "user: {depends: principal}"), func(t *testing.T, p *program) {
		t.Helper()
		for variables, want := range map[string]string{
			`{}`: "public, max-age=", `{"less": true}`: "public, max-age=", `{"mine": true}`: "no-store", `{"mine": true, "less": true}`: "no-store",
		} {
			r := send(t, p.reading(t, "customer", query, variables))
			if got := r.header.Get("Cache-Control"); !strings.HasPrefix(got, want) || bytes.Contains(r.body, []byte(`"stock"`)) == strings.Contains(variables, "less") {
				t.Errorf("%s is answered with %s %s", variables, got, r.body)
			}
		}
		hit := func(as, variables string) bool {
			r := send(t, p.reading(t, as, query, variables))
			if of := bytes.Contains(r.body, []byte(`"me":{`)); of != strings.Contains(variables, `"mine": true`) {
				t.Errorf("%s is answered for %s with %s", as, variables, r.body)
			}
			return strings.HasPrefix(r.header.Get("Cache-Status"), "concierge; hit")
		}
		for variables, want := range map[string]bool{`{}`: true, `{"mine": false}`: true, `{"less": true}`: true, `{"mine": true}`: false} {
			if hit("stranger", variables) != want {
				t.Errorf("with %s, that it was kept is %t", variables, !want)
			}
		}
	})
}

func TestAnswersWithErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	byBothExecutions(t, caching(steadfast(standard), "product: {depends: nothing}"), func(t *testing.T, p *program) {
		t.Helper()
		const query = `{ product(id: 3) { name } }`
		for _, fault := range []demo.Fault{
			{Status: http.StatusInternalServerError},
			{Status: http.StatusForbidden},
			{Body: `[{"id": 3, "name": 5}]`, Header: http.Header{"Cache-Control": {"public, max-age=60"}}},
			{Body: `no JSON`, Header: http.Header{"Cache-Control": {"public, max-age=60"}}},
			{Truncate: true},
		} {
			p.purge(t, `{"all": true}`)
			p.services.SetFault(demo.Product, fault)
			if r := send(t, p.reading(t, "customer", query, "")); !bytes.Contains(r.body, []byte(`"errors"`)) || r.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%+v is answered with %s and %v", fault, r.body, r.header)
			}
			p.services.ClearFaults()
			if r := send(t, p.reading(t, "customer", query, "")); bytes.Contains(r.body, []byte(`"errors"`)) {
				t.Errorf("after %+v, it is answered with %s", fault, r.body)
			}
			if asked := p.asking(func() { send(t, p.reading(t, "customer", query, "")) }); asked != "" {
				t.Errorf("after %+v, services were asked again: %s", fault, asked)
			}
		}
	})
}

func TestAnAnswerIsForEverybodyOnlyWhereNothingOfItIsSomebodys(t *testing.T) {
	t.Parallel()
	byBothExecutions(t, caching(anonymous(everyDoor()), trusting()...), func(t *testing.T, p *program) {
		t.Helper()
		for query, want := range map[string]string{
			`{ product(id: 3) { name stock } }`: "public",
			`{ user(id: 7) { name } }`:          "no-store", `{ me { name } }`: "no-store", `{ order(id: 7) { items { product { name } } } }`: "no-store",
		} {
			for _, as := range []string{"customer", "support"} {
				r := send(t, p.reading(t, as, query, ""))
				if control := r.header.Get("Cache-Control"); !strings.HasPrefix(control, want) || want == "no-store" && r.header.Get("ETag")+r.header.Get("Age") != "" {
					t.Errorf("%s is answered %s with %v", as, query, r.header)
				}
			}
		}
	})
}

// What one caller's answer is made of is kept, and says nothing to anybody else: each is answered as without a cache.
func TestCallersSeeTheirOwnOfWhatIsKeptForEverybody(t *testing.T) {
	t.Parallel()
	kept := startKeeping(t, caching(anonymous(everyDoor()), trusting()...), forAll)
	plain := startBefore(t, kept.services, anonymous(everyDoor()))
	questions := []string{
		`{ user(id: 7) { name email orders(first: 1) { nodes { id } } } }`, `{ order(id: 7) { status user { name phone } payment { cardLast4 } } }`,
		`{ a: user(id: 7) { name } b: user(id: 8) { email role } me { email } }`, "GET /v2/orders/7", "GET /v2/users/7", "GET /v2/orders?ids=7,8", "HEAD /v2/orders/8",
		"GET /v2/orders/7\nIf-None-Match: *", "GET /v2/payments/4994", "GET /v2/users?ids=7,8", "GET /v2/orders/7/summary", "GET /v2/desk/orders/7",
	}
	for _, as := range []string{"support", "customer", "nobody", "stranger", "admin", "stranger", "customer"} {
		for _, each := range questions {
			want, got := withoutIDs(plain.read(t, as+" "+each)), withoutIDs(kept.read(t, as+" "+each))
			if want != got {
				t.Errorf("%s is answered %s with %s, and without a cache with %s", as, each, got, want)
			}
		}
	}
	if asked := kept.asking(func() { kept.read(t, "stranger "+questions[0]) }); asked != "" {
		t.Errorf("what is kept for everybody is not used: services were asked %s", asked)
	}
}

var anyRequestID = regexp.MustCompile(`"(request_?[iI]d)":"[^"]*"`)

// withoutIDs is an answer's status and body without what names the request, its errors in an order: fields run side by side.
func withoutIDs(r reply) string {
	body := anyRequestID.ReplaceAll(r.body, []byte(`"$1":""`))
	var answer struct{ Errors, Data, Extensions json.RawMessage }
	var errs []json.RawMessage
	if json.Unmarshal(body, &answer) == nil && json.Unmarshal(answer.Errors, &errs) == nil {
		slices.SortFunc(errs, func(a, b json.RawMessage) int { return bytes.Compare(a, b) })
		return fmt.Sprintf("%d %s %s %s", r.status, errs, answer.Data, answer.Extensions)
	}
	return fmt.Sprintf("%d %s", r.status, body)
}
