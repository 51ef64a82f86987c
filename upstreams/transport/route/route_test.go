package route

import (
	"net/http"
	"strings"
	"testing"
)

func TestTheMostSpecificPatternCounts(t *testing.T) {
	var table Table[string]
	for _, pattern := range []string{"/", "GET /users", "GET /users/{id}", "GET /users/me", "POST /users/"} {
		if err := table.Add(pattern, pattern); err != nil {
			t.Fatal(err)
		}
	}
	for call, want := range map[string]string{
		"GET /users":         "GET /users",
		"HEAD /users":        "GET /users",
		"GET /users/7":       "GET /users/{id}",
		"GET /users/me":      "GET /users/me",
		"PATCH /users/7":     "/",
		"POST /users/7/tags": "POST /users/",
		"GET /orders":        "/",
	} {
		method, path, _ := strings.Cut(call, " ")
		req, err := http.NewRequestWithContext(t.Context(), method, "http://user"+path+"?ids=1,2", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := table.Find(req); !ok || got != want {
			t.Errorf("%s goes by %q, %t, want %q", call, got, ok, want)
		}
	}
}

func TestAnEmptyTableHasNoValues(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://user/users", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := new(Table[int]).Find(req); ok || got != 0 {
		t.Errorf("found %d", got)
	}
}

func TestPatternsThatCannotBeTakenAreExplained(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                        "its path must begin with /",
		"GET":                     "its path must begin with /",
		"GET users":               "its path must begin with /",
		"GET example.com/users":   "its path must begin with /",
		"GET /users/{":            "bad wildcard segment (must end with '}')",
		"GET /users/{id}/{id}":    `duplicate wildcard name "id"`,
		"GET /orders/{id}":        "it matches calls of another entry, and neither is more specific",
		"GET /{what}/latest":      "it matches calls of another entry, and neither is more specific",
		"NO SUCH METHOD / orders": "its path must begin with /",
	} {
		var table Table[bool]
		if err := table.Add("GET /orders/{order}", true); err != nil {
			t.Fatal(err)
		}
		err := table.Add(pattern, true)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), ".go:") {
			t.Errorf("%q: %v, want %q and no place in the program", pattern, err, want)
		}
	}
}
