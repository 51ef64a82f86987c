package passthrough

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/contract/openapi"
)

func TestTheDescriptionTellsWhoIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		route    Route
		method   string
		nobody   bool // may ask
		statuses string
	}{
		"products":   {products(nil), "get", true, "404"},
		"users":      {users(nil), "get", false, "401 404"},
		"orders":     {orders(nil), "get", false, "401 403 404"},
		"own orders": {orders(func(r *Route) { r.Match, r.To = "GET /me/orders", "/orders" }), "get", false, "401 403 404"},
		"a profile":  {profile(nil), "patch", false, "401 403"},
		"a cancel":   {cancel(nil), "post", false, "401 403 404"},
		"what is open": {users(func(r *Route) {
			r.Match, r.To, r.Returns, r.Expose, r.Public = "GET /notes", "/users", "", []string{"note"}, true
		}), "get", true, ""},
		"a scope": {products(func(r *Route) { r.Match, r.To, r.Scopes = "GET /products", "/products", []string{"a"} }), "get", false, "401 403"},
	} {
		t.Run(name, func(t *testing.T) {
			d := opened(t, says("{}"), c.route)
			text, err := d.Describe("1", Callers{Anonymous: true}, func(string) (*openapi.Document, bool) { return nil, false })
			if err != nil {
				t.Fatal(err)
			}
			var read struct {
				Paths map[string]map[string]struct {
					Security  []map[string][]string `json:"security"`
					Responses map[string]any        `json:"responses"`
				} `json:"paths"`
			}
			if err := json.Unmarshal(text, &read); err != nil {
				t.Fatal(err)
			}
			got := read.Paths[c.route.Match[strings.IndexByte(c.route.Match, '/'):]][c.method]
			var refusals []string
			for _, status := range slices.Sorted(maps.Keys(got.Responses)) {
				if slices.Contains([]string{"401", "403", "404"}, status) {
					refusals = append(refusals, status)
				}
			}
			if diff := cmp.Diff(c.statuses, strings.Join(refusals, " ")); diff != "" {
				t.Error(diff)
			}
			if nobody := slices.ContainsFunc(got.Security, func(need map[string][]string) bool { return len(need) == 0 }); nobody != c.nobody {
				t.Errorf("it needs %v", got.Security)
			}
		})
	}
}
