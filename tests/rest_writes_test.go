package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a service takes for the caller's name comes from the token alone, however a client spells the field.
func TestAClientCannotSayWhoItIs(t *testing.T) {
	o := newOther(t)
	p := startREST(t, o, `
routes:
  - {match: "GET /raw", upstream: other, raw: true, to: /x}
  - {match: "POST /raw", upstream: other, raw: true, to: /x, scopes: ["users:read"]}
  - {match: "GET /shown", upstream: other, expose: [path], to: /x}
  - match: POST /shown
    upstream: other
    expose: [path]
    to: /x
    accepts: [a]
    scopes: ["users:read"]
    forward: [Cookie]
`)
	spellings := []string{
		"X-User-ID: 1", "x-user-id: 1", "X-USER-ID:1", "X_User_ID: 1", "X-User_ID: 1", "x_user-id: 1", "X-User-Scopes: users:write",
		"X_USER_SCOPES: users:write", "X-User-ID: 1\nX-User-ID: 2", "X-User-ID: 1\nConnection: X-User-ID", "X-User-ID: 1\nX_User_ID: 2",
	}
	for _, spelt := range spellings {
		for _, request := range []string{"GET /raw\n", "GET /shown\n", "POST /raw\n%s\n\nbody", "POST /shown\n%s\n\n{\"a\": 1}"} {
			if !strings.Contains(request, "%s") {
				request += "%s"
			}
			o.forget()
			r := p.speak(t, fmt.Sprintf(request, spelt+"\nAs: support"))
			calls := o.calls()
			if r.status == http.StatusBadRequest && len(calls) == 0 {
				continue // such as a field that Connection must not name
			}
			if r.status != http.StatusOK || len(calls) != 1 {
				t.Fatalf("%s with %q is answered with %d %s, after %d calls", request, spelt, r.status, r.body, len(calls))
			}
			got := make(map[string][]string)
			for name, values := range calls[0].Header {
				if plain := strings.ToLower(strings.ReplaceAll(name, "_", "-")); strings.HasPrefix(plain, "x-user") {
					got[plain] = append(got[plain], values...)
				}
			}
			want := map[string][]string{"x-user-id": {"2"}, "x-user-scopes": {"users:read users:pii orders:read payments:read"}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s with %q reaches the service as (-want +got):\n%s", request, spelt, diff)
			}
		}
	}
}

// Where nobody needs a token, the service hears of no name.
func TestOfACallerWithoutATokenNothingIsSaid(t *testing.T) {
	o := newOther(t)
	yaml := with(withRoutes(o, "match: GET /raw\nupstream: other\nraw: true\npublic: true", "match: GET /me\nupstream: other\nto: /users/{identity.id}\nexpose: [path]"),
		"auth", "anonymous: true")
	p := startBefore(t, recorded(t), yaml)
	if r := p.speak(t, "GET /raw\nAs: nobody\nX-User-ID: 1\nX_User_Scopes: users:write"); r.status != http.StatusOK {
		t.Fatalf("it is answered with %d %s", r.status, r.body)
	}
	for name := range o.calls()[0].Header {
		if strings.HasPrefix(strings.ToLower(name), "x-user") || strings.HasPrefix(strings.ToLower(name), "x_user") {
			t.Errorf("the service gets %s", name)
		}
	}
	o.forget()
	refusal{401, problemJSON, "UNAUTHENTICATED", "", ""}.check(t, p.speak(t, "GET /me\nAs: nobody"))
	if calls := o.calls(); len(calls) > 0 {
		t.Errorf("the service is asked for %v", calls)
	}
}

// A body is refused whole or goes whole: what is wrong at its end keeps its beginning from the service too.
func TestNothingOfARefusedBodyReachesTheService(t *testing.T) {
	p := startREST(t, nil, demoSection())
	long := `{"name": "` + strings.Repeat("x", 100<<10) + `", `
	for name, body := range map[string]string{
		"unknown at the end":  long + `"role": "admin"}`,
		"twice at the end":    long + `"phone": "1", "phone": "2"}`,
		"no end":              long,
		"no JSON at the end":  long + `"phone": }`,
		"more after the end":  long + `"phone": "1"} {}`,
		"a list":              `[` + long + `"phone": "1"}]`,
		"not UTF-8":           long + "\"phone\": \"\xff\"}",
		"half a surrogate":    long + `"phone": "\ud800"}`,
		"deep":                `{"address": ` + strings.Repeat(`{"x":`, 200) + `1` + strings.Repeat(`}`, 200) + `}`,
		"a comment":           `{"name": "x" /* */}`,
		"a byte order mark":   "\ufeff{\"name\": \"x\"}",
		"a name that escapes": `{"nam\u0065": "x", "name": "y"}`,
	} {
		t.Run(name, func(t *testing.T) {
			p.services.ResetCalls()
			r := p.speak(t, "PATCH /v1/me\nContent-Type: application/json\n\n"+body)
			refusal{400, problemJSON, "BAD_USER_INPUT", "", ""}.check(t, r)
			if calls := p.services.Calls(); len(calls) > 0 {
				t.Errorf("the service got %v", calls)
			}
			saysNothingOf(t, string(r.body), "xxxx", "jsontext", "offset")
		})
	}
}

// A write with a key is done once, whoever repeats it; and another caller's key is another.
func TestAWriteIsRepeatedByItsKey(t *testing.T) {
	p := startBefore(t, recorded(t), honoured(withREST(nil, demoSection())))
	place := func(as, key string) string {
		r := p.speak(t, "POST /v2/orders\nContent-Type: application/json\nIdempotency-Key: "+key+"\nAs: "+as+`

{"items": [{"productId": "3", "quantity": 2}], "shippingAddress": {"street": "1", "city": "Oslo", "zip": "1"}}`)
		if r.status != http.StatusOK {
			t.Fatalf("it is answered with %d %s", r.status, r.body)
		}
		return string(r.body)
	}
	first := place("customer", "key-1")
	if again := place("customer", "key-1"); again != first {
		t.Errorf("once more it is answered with %s, want %s", again, first)
	}
	if other := place("support", "key-1"); other == first {
		t.Errorf("another caller gets %s", other)
	}
	if diff := cmp.Diff([]int{5001, 5002}, p.placed(t)); diff != "" {
		t.Errorf("the orders (-want +got):\n%s", diff)
	}
	change := func(key string) reply {
		return p.speak(t, "PATCH /v2/me\nContent-Type: application/json\nIdempotency-Key: "+key+"\n\n{\"phone\": \"1\"}")
	}
	p.services.ResetCalls()
	change("key-2")
	change("key-2")
	keys := p.keys(http.MethodPatch)
	if len(keys) != 2 || keys[0] == "" || keys[0] != keys[1] || strings.Contains(keys[0], "key-2") {
		t.Errorf("the service got the keys %q", keys)
	}
	refusal{400, problemJSON, "BAD_USER_INPUT", "", ""}.check(t, change(strings.Repeat("k", 300)))
}
