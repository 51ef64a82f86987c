package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// identities are the header fields of calls that say who calls, however they are spelt: each service's, which are the same in all of
// its calls.
func identities(t *testing.T, calls []demo.Call) map[string]map[string][]string {
	t.Helper()
	all := make(map[string]map[string][]string)
	for _, call := range calls {
		said := make(map[string][]string)
		for name, values := range call.Header {
			plain := strings.ToLower(strings.NewReplacer("_", "-", ".", "-").Replace(name))
			if strings.HasPrefix(plain, "x-user") || strings.HasPrefix(plain, "x-gateway") {
				said[plain] = append(said[plain], values...)
			}
		}
		if before, ok := all[call.Service]; ok && !cmp.Equal(before, said) {
			t.Errorf("the %s service is told %v, and then %v", call.Service, before, said)
		}
		all[call.Service] = said
	}
	return all
}

// Each service is told who calls, by each door, and never by what a client says.
func TestServicesAreToldWhoCalls(t *testing.T) {
	const all = `{"query": "{ order(id: 7) { user { name } items { product { name } } payment { status } } }"}`
	const public = `{"query": "{ product(id: 1) { name } }"}`
	yaml := withTools(t, with(withREST(nil, demoSection()), "auth", "anonymous: true"), map[string]string{
		"all":    `query all @tool(description: "All of an order.") { order(id: 7) { user { name } items { product { name } } payment { status } } }`,
		"public": `query public @tool(description: "A product.") { product(id: 1) { name } }`,
	})
	p := startBefore(t, recorded(t), yaml)
	claims := []string{asAgents, "X-User-ID: 1", "X_User_ID: 1", "X-User-Scopes: users:pii", "X.User.Scopes: users:pii", "X-Gateway-Token: " + canary}
	for name, c := range map[string]struct {
		as       string
		method   string
		path     string
		body     string
		services int
	}{
		"a query":                         {"customer", http.MethodPost, "/graphql", all, 4},
		"a query of support":              {"support", http.MethodPost, "/graphql", all, 4},
		"a query of nobody":               {"nobody", http.MethodPost, "/graphql", public, 1},
		"a mutation":                      {"customer", http.MethodPost, "/graphql", `{"query": "mutation { cancelOrder(id: 1007) { order { id } } }"}`, 1},
		"a tool":                          {"customer", http.MethodPost, "/mcp", callOf("all", "{}"), 4},
		"a tool of support":               {"support", http.MethodPost, "/mcp", callOf("all", "{}"), 4},
		"a tool of nobody":                {"nobody", http.MethodPost, "/mcp", callOf("public", "{}"), 1},
		"an endpoint":                     {"customer", http.MethodGet, "/v2/orders/7/summary", "", 4},
		"a route":                         {"support", http.MethodGet, "/v1/users/8", "", 1},
		"a route of nobody":               {"nobody", http.MethodGet, "/v2/products/3", "", 1},
		"a payment, by whose order it is": {"customer", http.MethodGet, "/v2/payments/4994", "", 2},
		"a route that writes":             {"customer", http.MethodPatch, "/v2/me", `{"phone": "1"}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			want := map[string][]string{}
			fields := claims
			for _, each := range principals() {
				if each.Name == c.as {
					want = map[string][]string{"x-user-id": {each.ID}, "x-user-scopes": {strings.Join(each.Scopes, " ")}}
					fields = append([]string{"Authorization: Bearer " + p.token(t, c.as)}, claims...)
				}
			}
			p.services.ResetCalls()
			if r := send(t, p.shows(t, c.method, c.path, c.body, fields...)); r.status != http.StatusOK || strings.Contains(string(r.body), `"errors"`) {
				t.Fatalf("it is answered with %d %s", r.status, r.body)
			}
			told := identities(t, p.services.Calls())
			if len(told) != c.services {
				t.Errorf("%d services were asked, want %d", len(told), c.services)
			}
			for service, got := range told {
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the %s service is told (-want +got):\n%s", service, diff)
				}
			}
			for _, call := range p.services.Calls() {
				saysNothingOf(t, fmt.Sprint(call.Header), "Bearer", canary)
			}
		})
	}
}

// What a caller sent goes on to services that check it again, and to no others.
func TestAServiceThatChecksAgainGetsTheCredential(t *testing.T) {
	key, entry := newKey(t, "of-a-user", "7", "")
	yaml := with(with(standard, "auth", keyed(entry)), "auth", "cookie: {name: token}")
	yaml = strings.Replace(yaml, "\n  order:\n", "\n  order:\n    identity: {credentials: [Authorization]}\n", 1)
	p := start(t, yaml)
	bearer := "Bearer " + p.token(t, "customer")
	for name, c := range map[string]struct{ fields, want []string }{
		"a token":  {[]string{"Authorization: " + bearer}, []string{bearer}},
		"a key":    {[]string{"X-API-Key: " + key}, nil},
		"a cookie": {[]string{"Cookie: token=" + p.token(t, "customer"), "Sec-Fetch-Site: same-origin"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p.services.ResetCalls()
			answered(t, send(t, p.shows(t, http.MethodPost, "/graphql",
				`{"query": "{ order(id: 7) { user { id } } }"}`, c.fields...)), `{"data":{"order":{"user":{"id":"7"}}}}`)
			for _, call := range p.services.Calls() {
				got := call.Header.Values("Authorization")
				if call.Service != demo.Order && len(got) > 0 || call.Service == demo.Order && !cmp.Equal(c.want, got) {
					t.Errorf("the %s service gets %q", call.Service, got)
				}
				saysNothingOf(t, fmt.Sprint(call.Header.Values("Cookie"), call.Header.Values("X-Api-Key")), "eyJ", "cgk_")
			}
		})
	}
}
