package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/persisted/manifest"
)

// clientsSite is a gateway as clients find it: with documents that it knows, and services that tell what happens.
func clientsSite(t *testing.T) string {
	t.Helper()
	list, err := filepath.Abs("clients/relay/persisted_queries.json")
	if err != nil {
		t.Fatal(err)
	}
	yaml := with(with(standard, "graphql", "sdl: true"), "graphql", fmt.Sprintf("persisted: {trusted: {manifests: [{path: %q, client: relay}]}}", list))
	return inSection(inSection(yaml, demo.Order, "events: {feed: /events}"), demo.Payment, "events: {feed: /events}")
}

// trustedName is the body of an operation Name as Apollo's generator of manifests writes it: with what the client's cache asks for.
const trustedName = "query Name {\n  me {\n    id\n    username\n    __typename\n  }\n}"

// clientCases are what each client is asked for, beside what all of them can do.
func clientCases() map[string][]string {
	return map[string][]string{
		"apollo": {
			"query by GET", "cache", "unknown field", "missing variable", "persisted", "persisted by GET", "trusted", "untrusted", "subscription",
			"deferred", "deferred by ids",
		},
		"urql": {
			"query by GET", "unknown field", "missing variable", "persisted", "persisted by GET", "subscription", "subscription by events", "deferred",
		},
		"request":     {"query by GET", "unknown field", "missing variable", "persisted"},
		"relay":       {"unknown field", "missing variable", "trusted", "subscription", "deferred"},
		"graphql-sse": {"unknown field", "missing variable", "persisted", "subscription", "deferred"},
		"codegen":     {"introspection", "sdl", "unsigned"},
		"graphql-ws":  {"unknown field", "missing variable", "persisted", "subscription"},
	}
}

// common are the cases of every client that runs operations.
func common(client string) []string {
	if client == "codegen" {
		return nil
	}
	return []string{"query", "query without details", "pages", "write", "partial", "unsigned"}
}

// Each client is a program of its own, and a user of its own, so that what they change does not meet.
func TestClientsAreServed(t *testing.T) {
	inOneRun(t)
	t.Parallel()
	p := start(t, clientsSite(t))
	list := apolloManifest(t, "", manifest.Hash(trustedName), trustedName)
	safe := startBefore(t, p.services, safelisted(standard, "ids", list))
	all := clientCases()
	for i, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			user := strconv.Itoa(11 + i)
			c := client{program: p, name: name, user: user, safelisted: safe.public, manifest: list}
			want := c.wanted(t)
			got := c.told(t)
			for _, each := range append(common(name), all[name]...) {
				t.Run(each, func(t *testing.T) {
					if diff := cmp.Diff(want[each], got[each]); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			}
		})
	}
}

// client is one of the programs in tests/clients.
type client struct {
	*program

	name, user           string
	safelisted, manifest string // the gateway that runs the documents of a manifest alone
}

// told is what became of a client's cases.
func (c client) told(t *testing.T) map[string]any {
	t.Helper()
	installed(t)
	run := nodejs(t, t.Context(), filepath.Join("clients", c.name+".mjs"))
	run.Env = []string{
		"CLIENT=" + c.name, "GATEWAY=" + c.public + "/graphql", "ADMIN=" + c.admin, "TOKEN=" + c.signed(t),
		"SAFELISTED=" + c.safelisted + "/graphql", "MANIFEST=" + c.manifest,
	}
	all := make(map[string]any)
	for lines := json.NewDecoder(bytes.NewReader(outputOf(t, run))); lines.More(); {
		var line struct {
			Case string
			Got  any
		}
		if err := lines.Decode(&line); err != nil {
			t.Fatal(err)
		}
		all[line.Case] = line.Got
	}
	return all
}

func (c client) signed(t *testing.T) string {
	t.Helper()
	signed, err := auth.Sign(c.config.Auth, c.user, nil, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// data is what the gateway answers to a client without a library.
func (c client) data(t *testing.T, query, variables string) any {
	t.Helper()
	req := c.request(t, operation{as: "nobody", query: query, variables: json.RawMessage(variables)})
	req.Header.Set("Authorization", "Bearer "+c.signed(t))
	var answer struct{ Data any }
	if err := json.Unmarshal(send(t, req).body, &answer); err != nil || answer.Data == nil {
		t.Fatalf("there is nothing to compare with: %v, %v", answer, err)
	}
	return answer.Data
}

// wanted is what should become of each case.
func (c client) wanted(t *testing.T) map[string]any {
	t.Helper()
	const shop = `query($first: Int!, $details: Boolean!) { me { id username recent: orders(first: $first) {
		nodes { id status total { amount currency } items { quantity product @include(if: $details) { id name } } } pageInfo { hasNextPage endCursor } } } }`
	whole, bare := c.data(t, shop, `{"first": 3, "details": true}`), c.data(t, shop, `{"first": 1, "details": false}`)
	me := c.data(t, `{ me { id username } }`, "")
	deferred := c.data(t, `{ me { id orders(first: 2) { nodes { id payment { id status } } } } }`, "")
	name := fromJSONText(t, inJSON(me)).(map[string]any)["me"].(map[string]any)["username"]
	all := map[string]any{
		"query":                 whole,
		"query by GET":          whole,
		"query without details": bare,
		"pages":                 c.pages(t),
		"write": fromJSONText(t, `{"placed": "PENDING", "refused": [{"code": "OUT_OF_RANGE", "field": ["input", "items", "0", "quantity"]}],
			"cancelled": "CANCELLED", "again": [{"code": "NOT_CANCELLABLE", "field": null}], "named": "Asked by `+c.name+`", "read": "CANCELLED"}`),
		"partial": map[string]any{
			"data":   map[string]any{"me": map[string]any{"id": c.user, "username": name}, "users": nil},
			"errors": fromJSONText(t, `[{"code": "FORBIDDEN", "path": ["users"]}]`),
		},
		"unknown field":    fromJSONText(t, `{"errors": [{"code": "GRAPHQL_VALIDATION_FAILED"}]}`),
		"missing variable": fromJSONText(t, `{"errors": [{"code": "GRAPHQL_VALIDATION_FAILED"}]}`),
		"unsigned":         fromJSONText(t, `{"status": 401, "code": "UNAUTHENTICATED"}`),
		"cache":            map[string]any{"username": name},
		"persisted":        map[string]any{"first": me, "second": me, "sent": fromJSONText(t, `["POST hash", "POST hash+text", "POST hash"]`)},
		"persisted by GET": map[string]any{"first": me, "second": me, "sent": fromJSONText(t, `["GET hash", "POST hash+text", "GET hash"]`)},
		"trusted":          whole,
		"introspection":    fromJSONText(t, `{"ShopQuery": true, "ShopQueryVariables": true, "PlaceMutation": true, "PlaceOrderInput": true}`),
		"sdl":              fromJSONText(t, `{"status": 200, "same": true}`),
		"subscription":     map[string]any{"status": "CANCELLED", "same": true},
		"deferred":         map[string]any{"data": deferred, "types": []any{"multipart/mixed"}},
	}
	all["subscription by events"], all["deferred by ids"] = all["subscription"], all["deferred"]
	registered := map[string]any{
		"unknown": fromJSONText(t, `{"errors": [{"code": "PERSISTED_QUERY_NOT_FOUND"}]}`),
		"first":   map[string]any{"data": me}, "second": map[string]any{"data": me},
	}
	switch c.name {
	case "apollo":
		all["trusted"] = map[string]any{"data": me, "sent": []any{"POST hash"}, "mistakes": []any{}}
		all["untrusted"] = fromJSONText(t, `{"text": {"errors": [{"code": "PERSISTED_QUERY_ID_REQUIRED"}]},
			"hash": {"errors": [{"code": "PERSISTED_QUERY_NOT_IN_LIST"}]}, "sent": ["POST text", "POST hash"]}`)
	case "relay": // whose reader says what is missing still
		all["deferred"] = map[string]any{"data": deferred, "types": []any{"multipart/mixed"}, "missing": []any{true, false}}
	case "request":
		all["persisted"] = registered
	case "urql": // which sends a text by GET too, takes parts as what they come, and keeps no code of a problem
		all["persisted by GET"] = map[string]any{"first": me, "second": me, "sent": fromJSONText(t, `["GET hash", "GET hash+text", "GET hash"]`)}
		all["deferred"] = map[string]any{"data": deferred, "types": []any{true}}
		all["unsigned"] = fromJSONText(t, `{"status": 401}`)
	case "graphql-ws":
		all["unsigned"] = fromJSONText(t, `{"closed": 4403, "reason": "Forbidden"}`)
		all["persisted"] = registered
	case "graphql-sse": // which does not join parts
		all["deferred"] = fromJSONText(t, `{"parts": true, "more": false}`)
		all["persisted"] = registered
	}
	return all
}

// pages are a user's orders, which clients read four at a time.
func (c client) pages(t *testing.T) any {
	t.Helper()
	var all struct {
		Me struct {
			Orders struct{ Nodes []struct{ ID string } }
		}
	}
	if err := json.Unmarshal([]byte(inJSON(c.data(t, `{ me { orders(first: 100) { nodes { id } } } }`, ""))), &all); err != nil {
		t.Fatal(err)
	}
	ids := []any{}
	for _, each := range all.Me.Orders.Nodes {
		ids = append(ids, each.ID)
	}
	return map[string]any{"ids": ids, "calls": float64((len(ids) + 3) / 4)}
}

func fromJSONText(t *testing.T, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// installed fails a test whose clients are not there.
func installed(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("clients/node_modules"); err != nil {
		t.Fatalf("%v: make setup-clients installs what this test needs", err)
	}
}
