package tests

import (
	"net/http"
	"testing"
)

// Each door says from where it may be asked, and so does each route. Whoever may not is told so before anybody looks at a credential.
func TestADoorIsOpenToItsNetworks(t *testing.T) {
	yaml := with(withREST(nil, `
openapi: true
networks: {deny: [192.0.2.0/24]}
routes:
  - {match: "GET /users/{id}", upstream: user, returns: User}
  - {match: "GET /desk/users/{id}", upstream: user, to: "/users/{id}", returns: User, networks: {allow: [10.0.0.0/8], deny: [10.9.0.0/16]}}
`), "server", "trusted_proxies: [127.0.0.1/32]")
	yaml = with(yaml, "graphql", `networks: {allow: [10.0.0.0/8, "2001:db8::/32", 192.0.2.7]}`)
	p := startBefore(t, recorded(t), yaml)
	for client, want := range map[string]struct{ graphql, users, desk int }{
		"10.1.2.3":              {200, 200, 200},
		"10.9.1.1":              {200, 200, 403},
		"2001:db8::1":           {200, 200, 403},
		"::ffff:10.1.2.3":       {200, 200, 200},
		"192.0.2.7":             {200, 403, 403},
		"192.0.2.8":             {403, 403, 403},
		"203.0.113.1":           {403, 200, 403},
		"":                      {403, 200, 403}, // the test itself, by 127.0.0.1
		"10.1.2.3, 203.0.113.1": {403, 200, 403}, // what a client claims behind a stranger's back
	} {
		t.Run(client, func(t *testing.T) {
			for _, authorization := range []string{"Authorization: Bearer " + p.token(t, "customer"), "Authorization: Bearer " + canary} {
				fields := []string{authorization}
				if client != "" {
					fields = append(fields, "X-Forwarded-For: "+client)
				}
				for path, status := range map[string]int{"/graphql": want.graphql, "/users/7": want.users, "/desk/users/7": want.desk} {
					req := p.shows(t, http.MethodGet, path, "", fields...)
					if path == "/graphql" {
						req = p.shows(t, http.MethodPost, path, whoami, fields...)
					}
					if status == http.StatusOK && authorization != "Authorization: Bearer "+p.token(t, "customer") {
						status = http.StatusUnauthorized
					}
					if r := send(t, req); r.status != status {
						t.Errorf("%s is answered with %d %s, want %d", path, r.status, r.body, status)
					}
				}
			}
			for from, status := range map[string]int{"192.0.2.8": http.StatusForbidden, "203.0.113.1": http.StatusOK} {
				if r := send(t, p.shows(t, http.MethodGet, "/openapi.json", "", "X-Forwarded-For: "+from)); r.status != status {
					t.Errorf("the description is answered to %s with %d, want %d", from, r.status, status)
				}
			}
		})
	}
}
