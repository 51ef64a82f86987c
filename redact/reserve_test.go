package redact

import (
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/auth"
)

func TestMembersThatSomeDoNotSeeAreKnownByTheirService(t *testing.T) {
	p := gateways(t)
	for _, c := range []struct {
		member, service    string
		withheld, reserved bool // from callers with a name
		nobody             bool // from those without, by either
	}{
		{"email", "user", true, false, true},
		{"role", "user", true, false, true},
		{"address", "user", true, false, true},
		{"name", "user", false, false, true},
		{"id", "user", false, false, true},
		{"id", "order", false, true, true},
		{"id", "product", false, false, false},
		{"note", "user", false, false, false},
		{"email", "order", false, false, false},
		{"shipping_address", "order", true, true, true},
		{"total", "order", false, true, true},
		{"user_id", "order", false, true, true},
		{"quantity", "order", false, false, false},
		{"order_id", "payment", true, true, true},
		{"stock", "product", false, false, false},
		{"city", "user", false, false, false},
		{"email", "", false, false, false},
	} {
		if got := p.Withheld(c.member, false, c.service); got != c.withheld {
			t.Errorf("%s of %s is withheld: %t", c.member, c.service, got)
		}
		if got := p.Reserved(c.member, false, c.service); got != c.reserved {
			t.Errorf("%s of %s is reserved: %t", c.member, c.service, got)
		}
		if got := p.Withheld(c.member, true, c.service) || p.Reserved(c.member, true, c.service); got != c.nobody {
			t.Errorf("%s of %s is not for everybody: %t", c.member, c.service, got)
		}
		if !p.Withheld("email", false, c.service, "user") {
			t.Error("of two services, the second is not looked at")
		}
	}
}

func TestWhatSeveralRecordsAreMadeOfIsWithheldEverywhere(t *testing.T) {
	p, err := read(t, schema(t, `zip: String`, `zip: String @requiresScopes(scopes: [["addresses"]])`), contracts(t)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range []string{"user", "order", "elsewhere"} {
		if !p.Withheld("zip", false, service) {
			t.Errorf("of the %s service it is not", service)
		}
		got, err := through(t, p, p.Opaque(false, service), false, `{"zip":1,"city":2}`)
		if got != `{"city":2}` || err != nil {
			t.Errorf("of the %s service it is shown: %s, %v", service, got, err)
		}
	}
	f := filterOf(t, p, "User")
	const own = `{"id":7,"address":{"city":"c","zip":"z"}}`
	if got, err := f.show(t, customer(), own); got != `{"id":7,"address":{"city":"c"}}` || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := f.show(t, auth.Principal{ID: "7", Scopes: []string{"addresses"}}, own); got != own || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAMemberOfTheWholeRecordIsGuardedAsThePartThatShowsIt(t *testing.T) {
	p, err := read(t, schema(t,
		`  items: [OrderItem!]!`, `  items: [OrderItem!] @requiresScopes(scopes: [["lines"]])`,
		"  \"The sum of its lines.\"\n  total: Money @from(members: [\"total\", \"currency\"]) @cost(weight: \"0\")\n", "",
	), contracts(t)...)
	if err != nil {
		t.Fatal(err)
	}
	f := filterOf(t, p, "Order")
	const sent = `{"id":1,"user_id":7,"currency":"USD","items":[{"quantity":1}]}`
	if got, err := f.show(t, customer(), sent); got != `{"id":1,"user_id":7}` || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := f.show(t, auth.Principal{ID: "7", Scopes: []string{"lines"}}, sent); got != sent || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestASchemaOfWhichNobodyCouldDecideIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		changes []string
		want    string
	}{
		"an owner within a part": {
			[]string{`product: Product @from(members: ["product_id"])`, `product: Order @from(members: ["product_id"])`},
			"OrderItem.product: depends on whose it is, and is in a part of a record, which has no owner of its own",
		},
		"a record within another": {
			[]string{`shippingAddress: Address @sensitive`, `shippingAddress: User @sensitive`},
			"Order.shippingAddress: holds records of User, and whose those are is not looked at within another",
		},
		"fields that show a member to others": {
			[]string{
				`total: Money @from(members: ["total", "currency"])`, `total: Money @from(members: ["total", "currency"]) @requiresScopes(scopes: [["a"]])`,
				`unitPrice: Money @from(members: ["unit_price", "/currency"])`, `unitPrice: Money @from(members: ["unit_price", "/currency"]) @requiresScopes(scopes: [["b"]])`,
			},
			"shows the member currency to others than another field does",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := read(t, schema(t, "", "", c.changes...), contracts(t)...)
			if p != nil || err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
