package policy_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/payment"
	"github.com/concierge-gateway/concierge/upstreams/product"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/user"
)

var ids = rapid.SampledFrom([]record.ID{0, 7, 8, 71, 81, 90})

// drawRecord draws a record of a type, by what it says of its owner.
var drawRecord = map[string]*rapid.Generator[any]{
	"User":    rapid.Custom(func(t *rapid.T) any { return &user.User{ID: ids.Draw(t, "id")} }),
	"Order":   rapid.Custom(func(t *rapid.T) any { return &order.Order{ID: ids.Draw(t, "id"), UserID: ids.Draw(t, "user")} }),
	"Payment": rapid.Custom(func(t *rapid.T) any { return &payment.Payment{ID: ids.Draw(t, "id"), OrderID: ids.Draw(t, "order")} }),
	"Product": rapid.Custom(func(t *rapid.T) any { return &product.Product{ID: ids.Draw(t, "id")} }),
}

func drawCaller(t *rapid.T) auth.Principal {
	scopes := rapid.SliceOfDistinct(rapid.SampledFrom(admin.Scopes), rapid.ID[string]).Draw(t, "scopes")
	return caller(rapid.SampledFrom([]string{"", "7", "8", "07", "+7", "7 ", "billing", "9007199254740993", "-7"}).Draw(t, "caller"), scopes...)
}

// TestWhatIsPermittedIsWhatAFieldShows draws callers and records, and asks about every field in both ways.
func TestWhatIsPermittedIsWhatAFieldShows(t *testing.T) {
	masked := change{`phone: String @sensitive(scopes: [["users:pii"]], owner: "id")`, `phone: String @sensitive(scopes: [["users:pii"]], owner: "id", as: PSEUDONYM)`}
	for _, schema := range []*ast.Schema{load(t), load(t, masked)} {
		e := enforcer(t, schema, known())
		rapid.Check(t, func(r *rapid.T) {
			who := drawCaller(r)
			ctx := begun(t, e, who)
			name := rapid.SampledFrom([]string{"User", "Order", "Payment", "Product"}).Draw(r, "type")
			record := drawRecord[name].Draw(r, "record")
			for _, field := range schema.Types[name].Fields {
				always, holds := e.Permit(ctx, field)
				may := always || holds != nil && holds(reflect.ValueOf(record).Elem())
				text := "a value of some length"
				shown, ran, err := run{object: name, field: field.Name, parent: record, value: &text}.of(t, schema, e, ctx)
				plain := ran && err == nil && shown == &text
				switch {
				case may && !plain:
					r.Fatalf("%s.%s of %+v is permitted to %q with %v, but shows as %v, %v", name, field.Name, record, who.ID, who.Scopes, shown, err)
				case holds != nil && !may && plain:
					r.Fatalf("%s.%s of %+v is not permitted to %q with %v, but shows", name, field.Name, record, who.ID, who.Scopes)
				}
			}
		})
	}
}

func TestWhatNeedsAFieldToRunIsNotPermitted(t *testing.T) {
	schema := load(t, change{`payment: Payment @from(members: ["id"]) @owner(field: "user", orScopes: [["payments:read"]])`, `payment: Payment @from(members: ["id"])`})
	e := enforcer(t, schema, known())
	for _, name := range []string{"Order.payment", "Payment.order", "User.orders"} {
		object, field := split(name)
		always, holds := e.Permit(begun(t, e, customer), schema.Types[object].Fields.ForName(field))
		if always || holds != nil && name != "User.orders" {
			t.Errorf("%s is permitted, although it depends on the records that it leads to", name)
		}
	}
	if always, _ := e.Permit(begun(t, e, admin), schema.Types["Order"].Fields.ForName("payment")); !always {
		t.Error("an edge is not permitted to whom everything is allowed")
	}
}

// TestNoCallerSeesWhatIsSomebodyElses draws callers without scopes and looks at everything of records that are not theirs.
func TestNoCallerSeesWhatIsSomebodyElses(t *testing.T) {
	schema := load(t)
	e := enforcer(t, schema, known())
	private := []string{
		"User.email", "User.phone", "User.address", "User.orders", "User.role", "User.status", "User.createdAt", "User.updatedAt",
		"Order.payment", "Order.shippingAddress",
	}
	rapid.Check(t, func(r *rapid.T) {
		who := drawCaller(r)
		who.Scopes = nil
		object, field := split(rapid.SampledFrom(private).Draw(r, "field"))
		record := drawRecord[object].Draw(r, "record")
		text := "value"
		var value any = &text
		if field == "orders" || field == "payment" {
			value = nil
		}
		_, ran, _ := run{object: object, field: field, parent: record, value: value}.of(t, schema, e, begun(t, e, who))
		if ran != owns(who, record) {
			r.Fatalf("%s.%s of %+v ran for %q: %t", object, field, record, who.ID, ran)
		}
	})
}

// owns says of users and orders whose they are, in other words than the policy's.
func owns(who auth.Principal, of any) bool {
	switch each := of.(type) {
	case *user.User:
		return each.ID > 0 && each.ID.String() == who.ID
	case *order.Order:
		return each.UserID > 0 && each.UserID.String() == who.ID
	default:
		return false
	}
}

func TestEveryGuardedFieldIsHeldByItsDefinition(t *testing.T) {
	schema := load(t)
	p := read(t, schema)
	var unheld []string
	for name, object := range schema.Types {
		if object.Kind != ast.Object || strings.HasPrefix(name, "__") {
			continue
		}
		for _, field := range object.Fields {
			says := slices.ContainsFunc(field.Directives, func(d *ast.Directive) bool { return slices.Contains(policy.Directives(), d.Name) })
			if says && p.Field(field) == nil {
				unheld = append(unheld, name+"."+field.Name)
			}
		}
	}
	if len(unheld) > 0 {
		t.Errorf("%v say something, and nothing holds them to it", unheld)
	}
}
