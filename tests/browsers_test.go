package tests

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a browser needs to know of a gateway: who may call from another page, and what a page may do with an answer.

// headerOf are some fields of an answer, without those that it does not have.
func headerOf(r reply, fields ...string) map[string]string {
	found := make(map[string]string)
	for _, field := range fields {
		if values := r.header.Values(field); len(values) > 0 {
			found[field] = strings.Join(values, ", ")
		}
	}
	return found
}

func TestOtherOriginsCallOnlyWhereTheyAreListed(t *testing.T) {
	const shop, stranger = "https://shop.example", "https://evil.example"
	off := start(t, standard)
	on := start(t, with(standard, "server", `cors: {allowed_origins: ["`+shop+`"], allow_credentials: true, max_age: 5m}`))
	allowed := map[string]string{
		"Access-Control-Allow-Origin":      shop,
		"Access-Control-Allow-Credentials": "true",
	}
	for name, c := range map[string]struct {
		p         *program
		preflight bool
		origin    string
		status    int
		want      map[string]string
	}{
		"a preflight, off by default": {off, true, shop, 401, map[string]string{}},
		"a call, off by default":      {off, false, shop, 200, map[string]string{}},
		"a preflight of who is listed": {on, true, shop, 204, map[string]string{
			"Access-Control-Allow-Origin":      shop,
			"Access-Control-Allow-Credentials": "true",
			"Access-Control-Allow-Methods":     "POST",
			"Access-Control-Allow-Headers":     "authorization,content-type",
			"Access-Control-Max-Age":           "300",
		}},
		"a call of who is listed":           {on, false, shop, 200, allowed},
		"a preflight of a stranger":         {on, true, stranger, 204, map[string]string{}},
		"a call of a stranger":              {on, false, stranger, 200, map[string]string{}},
		"a preflight of a name that begins": {on, true, shop + ".evil.example", 204, map[string]string{}},
		"a preflight without TLS":           {on, true, "http://shop.example", 204, map[string]string{}},
		"a preflight of nobody":             {on, true, "null", 204, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			req := c.p.request(t, operation{query: `{ me { id } }`})
			if c.preflight {
				var err error
				req, err = http.NewRequestWithContext(t.Context(), http.MethodOptions, c.p.public+"/graphql", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Access-Control-Request-Method", http.MethodPost)
				req.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
			}
			req.Header.Set("Origin", c.origin)
			r := send(t, req)
			if r.status != c.status {
				t.Errorf("status %d, want %d", r.status, c.status)
			}
			got := headerOf(r, "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods",
				"Access-Control-Allow-Headers", "Access-Control-Max-Age")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("the header (-want +got):\n%s", diff)
			}
			if exposed := r.header.Get("Access-Control-Expose-Headers"); strings.HasPrefix(exposed, "X-Request-Id, Retry-After, ") != (len(c.want) == 2) {
				t.Errorf("a page may read the header fields %q", exposed)
			}
			// A cache between must not give one origin's answer to another.
			if vary := strings.Join(r.header.Values("Vary"), ", "); c.p == on && !strings.Contains(vary, "Origin") {
				t.Errorf("Vary: %s, want Origin in it", vary)
			}
		})
	}
}

func TestEveryAnswerIsHarmlessInABrowser(t *testing.T) {
	closed := map[string]string{
		"X-Content-Type-Options":       "nosniff",
		"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
		"X-Frame-Options":              "DENY",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Referrer-Policy":              "no-referrer",
	}
	p := start(t, with(standard, "graphql", "graphiql: true"))
	for name, c := range map[string]struct {
		method, path string
		status       int
		policy       string // where it is not the closed one
	}{
		"an answer":      {http.MethodPost, "/graphql", 200, ""},
		"a refusal":      {http.MethodPut, "/graphql", 405, ""},
		"nothing there":  {http.MethodGet, "/nowhere", 404, ""},
		"GraphiQL":       {http.MethodGet, "/", 200, "default-src 'none'; script-src 'self'"},
		"none of it":     {http.MethodGet, "/graphiql/nowhere", 404, "default-src 'none'; script-src 'self'"},
		"an odd request": {http.MethodGet, "/%00", 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := send(t, p.raw(t, c.method, c.path, nil, `{"query": "{ me { id } }"}`, false))
			if r.status != c.status {
				t.Errorf("status %d, want %d", r.status, c.status)
			}
			got := headerOf(r, "X-Content-Type-Options", "Content-Security-Policy", "X-Frame-Options", "Cross-Origin-Resource-Policy",
				"Cross-Origin-Opener-Policy", "Referrer-Policy", "Strict-Transport-Security")
			if c.policy != "" {
				if policy := got["Content-Security-Policy"]; !strings.HasPrefix(policy, c.policy) {
					t.Errorf("Content-Security-Policy: %s, want it to begin with %s", policy, c.policy)
				}
				got["Content-Security-Policy"] = closed["Content-Security-Policy"]
			}
			if diff := cmp.Diff(closed, got); diff != "" {
				t.Errorf("the header (-want +got):\n%s", diff)
			}
			if named := headerOf(r, "Server", "X-Powered-By"); len(named) > 0 {
				t.Errorf("the answer tells what made it: %v", named)
			}
		})
	}
}

func TestGraphiQLIsServedOnlyWhereItIsTurnedOn(t *testing.T) {
	off := start(t, standard)
	on := start(t, with(standard, "graphql", "graphiql: true"))
	for _, path := range []string{"/", "/graphiql/settings.json", "/graphiql/"} {
		refusal{404, problemJSON, "NOT_FOUND", "there is nothing here", ""}.check(t, get(t, off.public+path))
	}
	page := get(t, on.public+"/")
	if form := page.header.Get("Content-Type"); page.status != http.StatusOK || form != "text/html; charset=utf-8" {
		t.Fatalf("the page is answered with %d and %s", page.status, form)
	}
	policy := page.header.Get("Content-Security-Policy")
	saysNothingOf(t, policy, "http:", "https:", "*", "unsafe-eval")
	saysNothingOf(t, string(page.body), "http:", "https:", `"//`)
	settings := get(t, on.public+"/graphiql/settings.json")
	if got := string(settings.body); settings.status != http.StatusOK || !strings.Contains(got, `"endpoint":"/graphql"`) {
		t.Errorf("the page's settings are answered with %d %s", settings.status, got)
	}
	saysNothingOf(t, string(settings.body), "token", "eyJ")
}
