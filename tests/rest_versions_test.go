package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/auth"
)

// asUser asks for a URL as a user with some id.
func (p *program) asUser(t *testing.T, id, path string) reply {
	t.Helper()
	token, err := auth.Sign(p.config.Auth, id, nil, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.public+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return send(t, req)
}

// While a version moves to another service, a part of the callers are there already, and each of them always.
func TestAVersionMovesCallerByCaller(t *testing.T) {
	o := newOther(t)
	o.answers(answersWith(`{"id": 7, "username": "moved"}`))
	const callers = 200
	share := func(weight int) (moved []string) {
		p := startREST(t, o, fmt.Sprintf(`
routes:
  - match: GET /users/{id}
    version: v1
    upstream: user
    expose: [id, username]
    split: [{weight: %d, upstream: other, to: "/accounts/{id}"}]
`, weight))
		for id := range callers {
			caller := fmt.Sprint("caller-", id)
			first := string(p.asUser(t, caller, "/v1/users/7").body)
			if again := string(p.asUser(t, caller, "/v1/users/7").body); again != first {
				t.Errorf("%s gets %s, and then %s", caller, first, again)
			}
			if strings.Contains(first, "moved") {
				moved = append(moved, caller)
			}
		}
		return moved
	}
	few, more := share(20), share(60)
	if len(few) < callers/10 || len(few) > callers*3/10 || len(more) < callers/2 || len(more) > callers*7/10 {
		t.Errorf("of %d callers, %d have moved for a weight of 20, and %d for 60", callers, len(few), len(more))
	}
	stayed := make(map[string]bool)
	for _, each := range more {
		stayed[each] = true
	}
	for _, each := range few {
		if !stayed[each] {
			t.Errorf("%s had moved, and is back where the weight grew", each)
		}
	}
	for _, call := range o.calls() {
		if call.Path != "/accounts/7" {
			t.Fatalf("the service is asked for %s", call.Path)
		}
	}
}

// Who is nobody in particular is in either part.
func TestNobodyInParticularIsInEitherPart(t *testing.T) {
	o := newOther(t)
	o.answers(answersWith(`{"id": 7, "name": "moved"}`))
	yaml := with(withRoutes(o, `
match: GET /products/{id}
upstream: product
returns: Product
split: [{weight: 50, upstream: other}]`), "auth", "anonymous: true")
	p := startBefore(t, recorded(t), yaml)
	moved := 0
	const calls = 100
	for range calls {
		if strings.Contains(string(get(t, p.public+"/products/7").body), "moved") {
			moved++
		}
	}
	if moved == 0 || moved == calls {
		t.Errorf("of %d calls, %d have moved", calls, moved)
	}
}
