package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/demo"
	"github.com/concierge-gateway/concierge/wire"
)

// differential asks both doors of one gateway, before services each of whose values is known again.
type differential struct {
	*leakSite

	schema *ast.Schema
	fields *wire.Map
	routes map[string][]string // by service: paths that end with a record's id, or with ids
}

// Whoever asks, no route shows of a record what GraphQL hides of it, by the fields that are made of the member.
func TestNoRouteShowsWhatGraphQLHides(t *testing.T) {
	t.Parallel()
	d := &differential{leakSite: startLeakSite(t, unchanged, unchanged), schema: schema(), fields: fieldsOf(t), routes: map[string][]string{
		demo.User:    {"/v1/users/", "/v2/users/", "/one/user/", "/renamed/user/", "/v2/users?ids=", "/all/user?ids=", "/around/user?ids="},
		demo.Order:   {"/v2/orders/", "/one/order/", "/renamed/order/", "/v2/orders?ids=", "/all/order?ids=", "/around/order?ids=", "/all/order?user_ids="},
		demo.Product: {"/v2/products/", "/one/product/", "/renamed/product/", "/v2/products?ids=", "/all/product?ids=", "/around/product?ids="},
		demo.Payment: {"/v2/payments/", "/one/payment/", "/renamed/payment/", "/all/payment?order_ids=", "/around/payment?order_ids="},
	}}
	facts, hidden := 0, 0
	compare := func(r *rapid.T) {
		as := d.somebody(t, r)
		service := rapid.SampledFrom(demo.Names()).Draw(r, "service")
		path := d.path(r, service)
		byREST := d.members(d.ask(t, question{method: "GET", path: path}, as), service)
		byGraphQL := d.selected(t, as, service, byREST)
		for each := range byREST {
			if !byGraphQL[each] {
				r.Errorf("%s shows %s with %q the member %v, which no field of GraphQL does", path, as.name, as.scopes, each)
			}
		}
		facts += len(byREST)
		if len(byREST) == 0 {
			hidden++
		}
	}
	for range 3 {
		rapid.Check(t, compare)
	}
	if facts < 200 || hidden < 5 {
		t.Errorf("routes showed %d members, and %d times none: too little to compare", facts, hidden)
	}
}

// Two who may see different things are told apart by the same comparison, for each member that is not for both.
func TestTheComparisonOfDoorsNoticesADifference(t *testing.T) {
	d := &differential{leakSite: startLeakSite(t, unchanged, unchanged), schema: schema(), fields: fieldsOf(t)}
	admin, owner := d.asker(t, "admin"), d.asker(t, "owner")
	for path, want := range map[string]string{
		"/v2/users/8":       "address/city address/street address/zip created_at email phone role status updated_at",
		"/v2/orders/8":      "created_at currency id items/quantity items/unit_price shipping_address/street status total user_id product_id",
		"/v2/payments/4993": "amount card_number(end) created_at currency id method order_id status updated_at",
	} {
		service := strings.TrimSuffix(strings.Split(path, "/")[2], "s")
		byREST := d.members(d.ask(t, question{method: "GET", path: path}, admin), service)
		byGraphQL := d.selected(t, owner, service, byREST)
		for member := range strings.FieldsSeq(want) {
			different := slices.ContainsFunc(slices.Collect(maps.Keys(byREST)), func(f fact) bool { return f.Member == member && !byGraphQL[f] })
			if !different {
				t.Errorf("%s: nobody notices that %s is not for %s: %v, %v", path, member, owner.name, byREST, byGraphQL)
			}
		}
	}
}

// somebody is a caller of whom nothing is known before: any user, a machine or nobody, with any scopes.
func (d *differential) somebody(t *testing.T, r *rapid.T) asker {
	t.Helper()
	user := rapid.SampledFrom([]int64{0, 1, 7, 8, 9}).Draw(r, "user")
	name := strconv.FormatInt(user, 10)
	if user == 0 {
		name = rapid.SampledFrom([]string{"", "export", "007", "partner:7"}).Draw(r, "name")
	}
	if name == "" {
		return asker{name: "nobody", nobody: true}
	}
	known := []string{"users:read", "users:pii", "users:write", "orders:read", "orders:write", "payments:read", "payments:refund", "products:write"}
	scopes := rapid.SliceOfNDistinct(rapid.SampledFrom(known), 0, 4, rapid.ID[string]).Draw(r, "scopes")
	signed, err := auth.Sign(d.config.Auth, name, scopes, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return asker{name: name, user: user, scopes: scopes, header: [2]string{"Authorization", "Bearer " + signed}}
}

// path is a route of a service, and the records that are asked for.
func (d *differential) path(r *rapid.T, service string) string {
	path := rapid.SampledFrom(d.routes[service]).Draw(r, "route")
	ids := []string{"1", "7", "8", "9", "10"}
	switch {
	case service == demo.Payment && !strings.Contains(path, "="):
		ids = []string{"4994", "4993", "4992", "3994", "5000"}
	case service == demo.Order && !strings.Contains(path, "user_ids"):
		ids = append(ids, "1007", "1008")
	}
	if !strings.Contains(path, "=") {
		return path + rapid.SampledFrom(ids).Draw(r, "id")
	}
	return path + strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, 4, rapid.ID[string]).Draw(r, "ids"), ",")
}

// members are what an answer shows of records of a service, members of few values too, where they have their own names.
func (d *differential) members(answer transcript, service string) map[fact]bool {
	facts := d.tells(answer)
	var value any
	if json.Unmarshal(answer.body, &value) == nil {
		d.kept(value, service, 0, facts)
	}
	return facts
}

// kept adds the members of records that have the values of the service. id is that of the record around them.
func (d *differential) kept(value any, service string, id int64, facts map[fact]bool) {
	switch value := value.(type) {
	case []any:
		for _, each := range value {
			d.kept(each, service, id, facts)
		}
	case map[string]any:
		if number, _ := value["id"].(float64); number > 0 {
			id = int64(number)
		}
		for name, each := range value {
			if slices.Contains(keptAsTheyAre(), name) && each != nil && id > 0 {
				facts[fact{service, name, id}] = true
			}
			d.kept(each, service, id, facts)
		}
	}
}

// selected is what GraphQL shows the same caller of the same records, by all fields that are made of any member.
func (d *differential) selected(t *testing.T, as asker, service string, of map[fact]bool) map[fact]bool {
	t.Helper()
	object := d.schema.Types[typesOf()[service]]
	ids := make(map[int64]bool)
	for each := range of {
		if each.Service == service {
			ids[each.ID] = true
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var query strings.Builder
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		fmt.Fprintf(&query, ` r%d: %s(id: "%d") { %s }`, id, service, id, d.selection(object))
	}
	answer := d.ask(t, inGraphQL(graphqlBody("{"+query.String()+" }", nil)), as)
	shown := d.tells(answer)
	var data struct{ Data map[string]map[string]any }
	if err := json.Unmarshal(answer.body, &data); err != nil {
		t.Fatalf("this is no answer: %s", answer.text)
	}
	for id := range ids {
		d.made(data.Data[fmt.Sprintf("r%d", id)], object, fact{service, "", id}, shown)
	}
	return shown
}

// made adds the members that the fields of an object are made of, where those are not null.
func (d *differential) made(value any, object *ast.Definition, of fact, shown map[fact]bool) {
	list, _ := value.([]any)
	for _, each := range list {
		d.made(each, object, of, shown)
	}
	record, _ := value.(map[string]any)
	for name, each := range record {
		field, ok := d.fields.Field(object.Name, name)
		if !ok || each == nil {
			continue
		}
		for _, member := range field.Members {
			shown[fact{of.Service, strings.TrimPrefix(member, "/"), of.ID}] = true
		}
		if below := d.schema.Types[field.Definition.Type.Name()]; below.Kind == ast.Object && below.Fields.ForName("id") == nil {
			d.made(each, below, of, shown)
		}
	}
}

// selection is all fields of an object. Of a record to which one leads, the id is enough.
func (d *differential) selection(object *ast.Definition) string {
	var fields []string
	for _, field := range object.Fields {
		below := d.schema.Types[field.Type.Name()]
		switch {
		case strings.HasPrefix(field.Name, "__") || below.Fields.ForName("pageInfo") != nil:
		case below.Kind == ast.Object && below.Fields.ForName("id") != nil:
			fields = append(fields, field.Name+" { id }")
		case below.Kind == ast.Object:
			fields = append(fields, field.Name+" { "+d.selection(below)+" }")
		default:
			fields = append(fields, field.Name)
		}
	}
	return strings.Join(fields, " ")
}

// A place at which a service has what not everybody may see is no place for records: the rules of those would stand in for its own.
func TestNoPartOfARecordIsTakenForAnother(t *testing.T) {
	services := recorded(t)
	for _, route := range []string{
		"to: /users/{id}\nupstream: user\nparts: {/address: User}\nexpose: [street, city, zip]",
		"to: /users/{id}\nupstream: user\nparts: {/address: Product}",
		"to: /orders/{id}\nupstream: order\nparts: {/shipping_address: User}\nexpose: [street]",
		"to: /users/{id}\nupstream: user\nparts: {/address/more: Product}",
		"to: /users/{id}\nupstream: user\nreturns: Address",
		"to: /orders/{id}\nupstream: order\nparts: {/items: OrderItem}",
	} {
		if got := refusedBy(t, services, withRoutes(nil, "match: GET /x/{id}\n"+route)); got == "nothing" {
			t.Errorf("this route is taken:\n%s", route)
		}
	}
}

// Where nobody can find out whose a record is, it is shown to nobody, and both doors say why.
func TestBothDoorsSayWhyNobodyKnowsWhoseARecordIs(t *testing.T) {
	p := startREST(t, nil, demoSection())
	for endpoint := range 2 {
		p.services.Stop(demo.Order, endpoint)
	}
	refusal{503, problemJSON, "UPSTREAM_UNAVAILABLE", "", ""}.check(t, p.speak(t, "GET /v2/payments/4994"))
	r := p.run(t, operation{query: `{ payment(id: 4994) { id } }`})
	refusal{200, plainJSON, "UPSTREAM_UNAVAILABLE", "", `{"payment":null}`}.check(t, r)
}
