package policy_test

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/product"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

// TestShowsIsWhatBeforeDecides asks both about each field that holds a value, of records that are the caller's own and that are not.
func TestShowsIsWhatBeforeDecides(t *testing.T) {
	d := open(t, change{`phone: String @sensitive(scopes: [["users:pii"]], owner: "id")`, `phone: String @sensitive(scopes: [["users:pii"]], owner: "id", as: MASK)`})
	said := make(map[bool]int)
	for _, who := range callers {
		ctx := d.enforcer.Begin(auth.WithPrincipal(t.Context(), who))
		for object, records := range map[string][]any{
			"User": {&user.User{ID: 7}, &user.User{ID: 8}}, "Order": {&order.Order{UserID: 7}, &order.Order{UserID: 8}},
			"Payment": {new(payment.Payment)}, "Product": {new(product.Product)},
		} {
			for _, field := range d.schema.Types[object].Fields {
				for _, record := range records {
					at := graphql.WithFieldContext(graphql.WithFieldContext(ctx, &graphql.FieldContext{Result: record}), &graphql.FieldContext{
						Object: object, Field: graphql.CollectedField{Field: &ast.Field{Name: field.Name, Definition: field}},
					})
					decision, err := d.enforcer.Before(at)
					if decision.Final {
						continue // it leads to a record
					}
					want := err == nil && !decision.Withheld()
					if got := d.enforcer.Shows(ctx, object, field, record); got != want {
						t.Errorf("%s.%s of %v is shown to %q: %t, want %t", object, field.Name, record, who.ID, got, want)
					}
					said[want]++
				}
			}
		}
	}
	if said[true] < 20 || said[false] < 20 {
		t.Errorf("yes and no were said %v times", said)
	}
}

// Whose a payment is, its order says: where one is not shown, an order was asked for or not.
func TestARecordIsHiddenWhereOthersWouldTellWhoseItIs(t *testing.T) {
	d := open(t)
	nothing := (*payment.Payment)(nil)
	for _, c := range []struct {
		who           auth.Principal
		object, field string
		shown         any
		want          bool
	}{
		{customer, "Query", "payment", nothing, true},
		{customer, "Query", "payment", nil, true},
		{customer, "Query", "payment", new(payment.Payment), false},
		{customer, "Query", "payment", []*payment.Payment{}, true},
		{customer, "Order", "payment", nothing, true},
		{support, "Query", "payment", nothing, false},
		{auth.Principal{}, "Query", "payment", nothing, false},
		{customer, "Query", "order", (*order.Order)(nil), false}, // it says itself whose it is
		{customer, "Order", "user", (*user.User)(nil), false},
		{customer, "Mutation", "cancelOrder", nil, false},
	} {
		ctx := d.enforcer.Begin(auth.WithPrincipal(t.Context(), c.who))
		field := d.schema.Types[c.object].Fields.ForName(c.field)
		if got := d.enforcer.Hides(ctx, c.object, field, c.shown); got != c.want {
			t.Errorf("%s.%s with %v is hidden from %q: %t", c.object, c.field, c.shown, c.who.ID, got)
		}
	}
}
