package passthrough

import (
	"testing"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/passthrough/routing"
)

func TestAPathAtAServiceHasTheParametersAndTheCaller(t *testing.T) {
	pattern, err := routing.ParsePattern("GET /users/{id}/{rest...}")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		to     string
		caller auth.Principal
		want   string // empty where there is none
	}{
		{"/people/{id}", auth.Principal{}, "/people/a%20b"},
		{"/", auth.Principal{}, "/"},
		{"/files/{rest...}", auth.Principal{}, "/files/x/y%3Fz/"},
		{"/{identity.id}", ada(), "/7"},
		{"/users/{identity.id}", ada(), "/users/7"},
		{"/users/{identity.id}/", ada(), "/users/7/"},
		{"/{identity.id}/{id}/{identity.id}", ada(), "/7/a%20b/7"},
		{"/{identity.id}/{identity.id}", ada(), "/7/7"},
		{"/{identity.id}/{rest...}", ada(), "/7/x/y%3Fz/"},
		{"/users/{identity.id}", auth.Principal{ID: "a/../b?c#d%"}, "/users/a%2F..%2Fb%3Fc%23d%25"},
		{"/users/{identity.id}", auth.Principal{}, ""},
		{"/users/{identity.id}/orders", auth.Principal{ID: ".."}, ""},
		{"/users/{identity.id}/orders", auth.Principal{ID: "."}, ""},
		{"/users/{identity.id}", auth.Principal{ID: "..."}, "/users/..."},
	} {
		p, err := parsePath(c.to, pattern)
		if err != nil {
			t.Errorf("%s: %v", c.to, err)
			continue
		}
		got, ok := p.append(nil, callerOf(t, c.caller, "/users/a%20b/x/y%3Fz/"))
		if ok != (c.want != "") || ok && string(got) != c.want {
			t.Errorf("%s for %q is %s, %t, want %s", c.to, c.caller.ID, got, ok, c.want)
		}
	}
}

func TestTwoURLsLeadToTheSameHostWhateverTheirPaths(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"http://user:8000", "http://user:8000", true},
		{"http://user:8000/v1", "http://USER:8000/v2", true},
		{"http://user", "http://user:80", true},
		{"https://user:443/", "https://user", true},
		{"http://user:8000", "http://user:8001", false},
		{"http://user", "https://user", false},
		{"http://user", "http://users", false},
		{"http://[::1]:80", "http://[::1]", true},
		{"http://user.internal.", "http://user.internal", true},
		{"http://localhost:8000", "http://127.0.0.1:8000", true},
		{"http://[::1]:8000", "http://127.8.0.1:8000", true},
		{"http://localhost:8000", "http://127.0.0.1:8001", false},
		{"http://user", "http://%zz", false},
	} {
		if got := sameHost(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %t, want %t", c.a, c.b, got, c.want)
		}
	}
}
