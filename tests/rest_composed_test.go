package tests

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// operations is a directory of operations, as what stands below rest names it.
func operations(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return "operations: " + folder + "\n"
}

// An endpoint is a file: what it selects is what it answers.
func TestAnOperationOfOnesOwnIsAnEndpoint(t *testing.T) {
	p := startREST(t, nil, operations(t, map[string]string{
		"two.graphql": `query Two($user: ID!, $product: ID = 3) @endpoint(path: "/pair/{user}") {
			who: user(id: $user) { ...Named }
			product(id: $product) { name }
		}
		fragment Named on User { id name }`,
		"kept.graphql": `query Kept($id: ID!) @endpoint(path: "/kept/{id}", scopes: ["payments:read"]) { payment(id: $id) { cardLast4 status } }`,
	}))
	for request, want := range map[string]struct {
		status int
		body   string
	}{
		"GET /pair/7":                     {200, `{"who":{"id":"7","name":"Yuki Hughes"},"product":{"name":"Classic Notebook"}}`},
		"GET /pair/7?product=4":           {200, `{"who":{"id":"7","name":"Yuki Hughes"},"product":{"name":"Classic Headphones"}}`},
		"GET /pair/99999":                 {200, `{"who":null,"product":{"name":"Classic Notebook"}}`},
		"GET /kept/17\nAs: support":       {200, `{"cardLast4":"0176","status":"CAPTURED"}`},
		"GET /kept/17":                    {403, ""},
		"GET /kept/17\nAs: nobody":        {401, ""},
		"GET /pair/99999?product=9999999": {404, ""},
		"DELETE /pair/7":                  {405, ""},
	} {
		r := p.speak(t, request)
		if r.status != want.status || want.body != "" && string(r.body) != want.body {
			t.Errorf("%s is answered with %d %s, want %d %s", request, r.status, r.body, want.status, want.body)
		}
	}
}

// However many records there are, each service is asked once for a level.
func TestASummaryAsksEachServiceOnceForALevel(t *testing.T) {
	p := startREST(t, nil, operations(t, map[string]string{"many.graphql": `
		query Many($first: Int!) @endpoint(path: "/many") {
			orders(first: $first) { nodes { id user { name } items { product { name } } payment { status } } }
		}`}))
	r := p.speak(t, "GET /many?first=40\nAs: support")
	if r.status != http.StatusOK || strings.Count(string(r.body), `"payment":`) != 40 {
		t.Fatalf("it is answered with %d %s", r.status, r.body)
	}
	calls := make(map[string]int)
	for _, call := range p.services.Calls() {
		calls[call.Service]++
	}
	for _, service := range demo.Names() {
		most := 1
		if service == demo.Product {
			most = 2 // more than a hundred ids
		}
		if calls[service] == 0 || calls[service] > most {
			t.Errorf("the %s service is called %d times", service, calls[service])
		}
	}
}

func TestASummaryArrivesWithoutAServiceThatIsDown(t *testing.T) {
	p := startREST(t, nil, demoSection())
	for endpoint := range 2 {
		p.services.Stop(demo.Payment, endpoint)
	}
	r := p.speak(t, "GET /v2/orders/12/summary\nAs: support")
	body := string(r.body)
	if r.status != http.StatusOK || r.header.Get("X-Concierge-Partial") != "true" || !strings.Contains(body, `"payment":null`) ||
		!strings.Contains(body, `"errors":[{"path":"/payment","code":"UPSTREAM_UNAVAILABLE"`) || !strings.Contains(body, "Everyday Passport Wallet") {
		t.Errorf("it is answered with %d %s", r.status, body)
	}
	saysNothingOf(t, body, p.inside()...)
	for endpoint := range 2 {
		p.services.Stop(demo.Order, endpoint)
	}
	refusal{503, problemJSON, "UPSTREAM_UNAVAILABLE", "", ""}.check(t, p.speak(t, "GET /v2/orders/12/summary\nAs: support"))
}

// The limits of GraphQL hold for endpoints: what is larger is refused before anything starts.
func TestAnOperationThatCannotRunIsRefusedByCheck(t *testing.T) {
	services := recorded(t)
	for name, c := range map[string]struct{ text, limits, want string }{
		"an unknown field":    {`query A @endpoint(path: "/a") { me { id secret } }`, "", `a.graphql:1: Cannot query field "secret"`},
		"what nobody may see": {"query A @endpoint(path: \"/a\") {\n  me { id\n passwordHash }\n}", "", "a.graphql:3"},
		"no endpoint":         {`query A { me { id } }`, "", "a.graphql:1 A: "},
		"no variable":         {`query A @endpoint(path: "/a/{id}") { me { id } }`, "", "a.graphql:1 A: "},
		"a variable of no path": {
			`query A($id: ID!) @endpoint(path: "/a/{name}") { user(id: $id) { id } }`, "", "a.graphql:1 A: ",
		},
		"no GraphQL":         {`query A {`, "", "a.graphql:1"},
		"a mutation by GET":  {`mutation A($id: ID!) @endpoint(method: GET, path: "/a/{id}") { cancelOrder(id: $id) { order { id } } }`, "", "a.graphql:1 A: "},
		"too deep":           {`query A @endpoint(path: "/a") { me { orders { nodes { user { orders { nodes { id } } } } } } }`, "limits: {depth: 4}", "a.graphql:1 A: "},
		"an endpoint of two": {"query A @endpoint(path: \"/a/{x}\") { me { id } }\nquery B($x: ID!) @endpoint(path: \"/a/{x}\") { user(id: $x) { id } }", "", "a.graphql:2 B: "},
		"a route's own path": {`query A($id: ID!) @endpoint(path: "/users/{id}") { user(id: $id) { id } }`, "", "the operation A (GET /users/{id}) answers requests that routes[0] (GET /users/{x})"},
	} {
		t.Run(name, func(t *testing.T) {
			yaml := withREST(nil, operations(t, map[string]string{"a.graphql": c.text})+
				"routes:\n  - {match: \"GET /users/{x}\", upstream: user, returns: User}")
			if c.limits != "" {
				yaml = with(yaml, "graphql", c.limits)
			}
			got := refusedBy(t, services, yaml)
			if !strings.Contains(got, "rest.operations") || !strings.Contains(got, c.want) {
				t.Errorf("check says %s, want %q", got, c.want)
			}
		})
	}
}
