package redact

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// limited reads the gateway's schema, in which something is replaced, with these fields read only so often.
func limited(t *testing.T, fields, old, to string, more ...string) *Policy {
	t.Helper()
	of := schema(t, old, to, more...)
	p, err := readLimited(t, of, limits(t, of, fields), contracts(t)...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func limits(t *testing.T, of *ast.Schema, fields string) *ratelimit.Fields {
	t.Helper()
	configured := make(map[string][]ratelimit.Limit)
	for name := range strings.FieldsSeq(fields) {
		configured[name] = []ratelimit.Limit{{By: ratelimit.ByPrincipal, Limit: 1}}
	}
	read, err := ratelimit.ReadFields(of, configured, func(*ast.Definition, *ast.FieldDefinition) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// unmetered is what remains of a record where each meter refuses, and which fields were asked for.
func unmetered(t *testing.T, p *Policy, typeName, text string) (shown string, asked []string) {
	t.Helper()
	record, _ := p.Type(typeName)
	plan, err := reshape.Compile(reshape.Spec{Shape: record.Shape, Rules: p.Rules(), Meters: len(p.Meters())})
	if err != nil {
		t.Fatal(err)
	}
	view := reshape.View{Verdicts: make([]reshape.Verdict, len(p.Rules())), Meter: func(meter int) bool {
		asked = append(asked, p.Meters()[meter].Name)
		return false
	}}
	for i := range view.Verdicts {
		view.Verdicts[i] = reshape.Allow
	}
	out, err := plan.Append(nil, []byte(text), reshape.With{View: view})
	if err != nil {
		t.Fatal(err)
	}
	return string(out), asked
}

func TestAMemberIsCountedWhereEveryFieldIsThatShowsIt(t *testing.T) {
	const (
		user    = `{"id":7,"email":"e","phone":"p","address":{"city":"c"}}`
		order   = `{"id":1,"user_id":7,"total":1,"currency":"USD","items":[{"product_id":3,"unit_price":2}]}`
		payment = `{"id":1,"card_number":"4242424242421234","created_at":"c"}`
		status  = `  "How far it has come."` + "\n" + `  status: OrderStatus!`
		again   = "\n" + `  "Again." again: Int @from(members: ["user_id"])` + "\n"
		own     = ` @owner(field: "user", orScopes: [["payments:read"]])`
	)
	const cursor, paidFor = `"Where it goes."`, `"What it was paid for."`
	for name, c := range map[string]struct {
		fields, old, to string
		typeName, text  string
		want            string
		asked           string
	}{
		"nothing":                       {"", status, status, "User", user, user, ""},
		"a member":                      {"User.email", status, status, "User", user, `{"id":7,"phone":"p","address":{"city":"c"}}`, "User.email"},
		"a part":                        {"User.address", status, status, "User", user, `{"id":7,"email":"e","phone":"p"}`, "User.address"},
		"one of another type":           {"Order.user", status, status, "User", user, user, ""},
		"an id is for all":              {"User.orders Order.payment", status, status, "User", user, user, ""},
		"an edge":                       {"Order.user", status, status, "Order", order, strings.Replace(order, `"user_id":7,`, "", 1), "Order.user"},
		"what two show, of which one":   {"Order.total", status, status, "Order", order, strings.Replace(order, `"total":1,`, "", 1), "Order.total"},
		"an edge in a part":             {"OrderItem.product", status, status, "Order", order, strings.Replace(order, `"product_id":3,`, "", 1), "OrderItem.product"},
		"what two show, both":           {"Order.user Order.again", status, again + status, "Order", order, strings.Replace(order, `"user_id":7,`, "", 1), "Order.again"},
		"in the schema's order":         {"Order.user Order.again", cursor, again + cursor, "Order", order, strings.Replace(order, `"user_id":7,`, "", 1), "Order.user"},
		"what only one of two does":     {"Order.user", status, again + status, "Order", order, order, ""},
		"what others see some do":       {"Order.user", status, strings.TrimSuffix(again, "\n") + own + "\n" + status, "Order", order, strings.Replace(order, `"user_id":7,`, "", 1), "Order.user"},
		"what some see others do":       {"Order.again", status, strings.TrimSuffix(again, "\n") + own + "\n" + status, "Order", order, order, ""},
		"the end":                       {"Payment.cardLast4", status, status, "Payment", payment, `{"id":1,"created_at":"c"}`, "Payment.cardLast4"},
		"all of it, and others the end": {"Payment.whole", paidFor, `"All." whole: String @from(members: ["card_number"])` + "\n" + paidFor, "Payment", payment, `{"id":1,"created_at":"c"}`, "Payment.whole"},
		"the end, and others all of it": {"Payment.cardLast4", paidFor, `"All." whole: String @from(members: ["card_number"])` + "\n" + paidFor, "Payment", payment, payment, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, asked := unmetered(t, limited(t, c.fields, c.old, c.to), c.typeName, c.text)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.asked, strings.Join(asked, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsShownOnlySoOftenIsInNothingThatIsExposed(t *testing.T) {
	p := limited(t, "Product.stock OrderItem.product Mutation.cancelOrder", "type User", "type User")
	for member, want := range map[string]bool{"stock": true, "product_id": false, "name": false, "id": false} {
		if got := p.Limited(member, "product"); got != want {
			t.Errorf("of products, %s is limited: %t", member, got)
		}
	}
	plan, err := reshape.Compile(reshape.Spec{Shape: p.Opaque(false, "product")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := plan.Append(nil, []byte(`{"a":[{"stock":1,"b":2}]}`), reshape.With{})
	if string(got) != `{"a":[{"b":2}]}` || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if limit := p.WritingLimit("cancelOrder"); limit == nil || limit.Name != "Mutation.cancelOrder" || p.WritingLimit("refundPayment") != nil {
		t.Errorf("cancelOrder has the limit %v", limit)
	}
}
