package passthrough

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/wire"
)

// allowing tells by the statements alone, and not by what was made of them, who may see what.
type allowing struct {
	fields   *wire.Map
	policy   *policy.Policy
	orders   map[record.ID]record.ID
	caller   auth.Principal
	returned string
	record   map[string]any
}

// rule reports whether a rule lets the caller see the record.
func (a allowing) rule(rule *policy.Rule) bool {
	if verdict := rule.For(a.caller); verdict != policy.Ask {
		return verdict == policy.Allow
	}
	var owner string
	switch member := rule.Owner.Steps[0].Member; {
	case rule.Owner.AtHand():
		owner = fmt.Sprint(a.record[member])
	case member == "order_id":
		id, _ := record.ParseID(fmt.Sprint(a.record[member]))
		owner = a.orders[id].String()
	default:
		return false
	}
	return owner == a.caller.ID
}

func (a allowing) all(rules []*policy.Rule) bool {
	for _, rule := range rules {
		if !a.rule(rule) {
			return false
		}
	}
	return true
}

// member reports whether some field that the caller may see is made of a member.
func (a allowing) member(name string) bool {
	for field := range a.fields.All() {
		if field.Object != a.returned || len(field.Members) == 0 {
			continue
		}
		for _, member := range field.Members {
			guard := a.policy.Field(field.Definition)
			if member == name && (guard == nil || a.all(guard.Rules) && a.all(guard.Keys)) {
				return true
			}
		}
	}
	return false
}

// drawn is a record of a type as a service may send it.
func drawn(t *rapid.T, returned string) map[string]any {
	id := func(name string) any {
		return rapid.SampledFrom([]any{7, 8, 70, 80, 90, 700, "7", "70", nil, true, "x"}).Draw(t, name)
	}
	made := map[string]any{"id": id("id"), "status": "paid", "created_at": "t", "updated_at": "t", "secret": "s"}
	more := map[string][]string{
		"User": {"name", "username", "email", "phone", "role"}, "Product": {"name", "sku", "stock"},
		"Order": {"total", "currency"}, "Payment": {"amount", "currency", "method"},
	}
	for _, name := range more[returned] {
		made[name] = "v"
	}
	switch returned {
	case "User":
		made["address"] = map[string]any{"city": "c"}
	case "Order":
		made["user_id"], made["shipping_address"] = id("user"), map[string]any{"city": "c"}
	case "Payment":
		made["order_id"], made["card_number"] = id("order"), "4242424242421234"
	}
	for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"status", "email", "user_id", "order_id", "id"}), 0, 1).Draw(t, "missing") {
		delete(made, name)
	}
	return made
}

// Whoever asks, and whatever a service answers, the REST door shows nothing of a record that the statements do not allow; and to
// those whom they allow all of it, it shows all of it.
func TestARouteShowsNoMoreThanTheStatementsAllow(t *testing.T) {
	fields, err := wire.Read(graph.NewExecutableSchema(graph.Config{}).Schema())
	if err != nil {
		t.Fatal(err)
	}
	s := &service{}
	routes := map[string]Route{"User": users(nil), "Order": orders(nil), "Product": products(nil), "Payment": payments(nil)}
	d := opened(t, s, routes["User"], routes["Order"], routes["Product"], routes["Payment"])
	d.records.users = buyers()
	stated := around(t).Policy.Statement()
	ask := func(caller auth.Principal, target string) *httptest.ResponseRecorder {
		return d.askAs(t, caller, "GET", target, "")
	}
	rapid.Check(t, func(t *rapid.T) {
		scopes := []string{"users:read", "users:pii", "orders:read", "payments:read", "orders:write", "other"}
		caller := auth.Principal{
			ID:     rapid.SampledFrom([]string{"", "7", "8", "07", "machine", "70"}).Draw(t, "caller"),
			Scopes: rapid.SliceOfNDistinct(rapid.SampledFrom(scopes), 0, 4, rapid.ID).Draw(t, "scopes"),
		}
		returned := rapid.SampledFrom([]string{"User", "Order", "Product", "Payment"}).Draw(t, "type")
		records := make([]map[string]any, rapid.IntRange(0, 4).Draw(t, "records"))
		for i := range records {
			records[i] = drawn(t, returned)
		}
		text, _ := json.Marshal(records)
		*s = service{body: string(text)}
		w := ask(caller, strings.Replace(routes[returned].Match[len("GET "):], "{id}", "1", 1))
		var shown []map[string]json.RawMessage
		if w.Code == 200 {
			if err := json.Unmarshal(w.Body.Bytes(), &shown); err != nil {
				t.Fatalf("%s: %v", w.Body, err)
			}
		}
		next := 0
		for _, each := range records {
			a := allowing{fields: fields, policy: stated, orders: buyers(), caller: caller, returned: returned, record: each}
			if !a.all(stated.Type(returned)) || w.Code != 200 {
				continue
			}
			if next == len(shown) {
				t.Fatalf("%+v does not see %v of %s: %s", caller, each, s.body, w.Body)
			}
			for name := range shown[next] {
				if !a.member(name) {
					t.Errorf("%+v sees the %s of %v: %s", caller, name, each, w.Body)
				}
			}
			for name := range each {
				if _, is := shown[next][name]; !is && a.member(name) {
					t.Errorf("%+v does not see the %s of %v: %s", caller, name, each, w.Body)
				}
			}
			next++
		}
		if next != len(shown) {
			t.Errorf("%+v sees records of somebody else: %s of %s", caller, w.Body, s.body)
		}
	})
}
