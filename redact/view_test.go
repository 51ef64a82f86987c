package redact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/upstreams/order"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// orders are whose the orders are that can be asked for. They keep what they were asked for.
type orders struct {
	users map[record.ID]record.ID
	err   error
	asked []string
}

func (o *orders) Records(_ context.Context, typeName string, ids []record.ID) (map[record.ID]any, error) {
	o.asked = append(o.asked, fmt.Sprint(typeName, ids))
	found := make(map[record.ID]any)
	for _, id := range ids {
		if user, ok := o.users[id]; ok {
			found[id] = &order.Order{ID: id, UserID: user}
		}
	}
	return found, o.err
}

// filter is what a route that returns a type does with its answers.
type filter struct {
	policy *Policy
	record *Record
	plan   *reshape.Plan
	orders orders
	denied []string
}

func filterOf(t testing.TB, p *Policy, name string) *filter {
	t.Helper()
	shown, ok := p.Type(name)
	if !ok {
		t.Fatalf("there is no type %s", name)
	}
	spec := reshape.Spec{Shape: shown.Shape, Rules: p.Rules()}
	for _, rule := range shown.Guards {
		spec.Guards = append(spec.Guards, rule.Index)
	}
	plan, err := reshape.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return &filter{policy: p, record: shown, plan: plan, orders: orders{users: map[record.ID]record.ID{70: 7, 80: 8}}}
}

// show is what a caller sees of a text.
func (f *filter) show(t testing.TB, caller auth.Principal, text string) (string, error) {
	t.Helper()
	view := f.policy.View(f.policy.Statement().View(caller))
	if view.Far(f.record.Rules) {
		_, err := f.plan.Append(nil, []byte(text), reshape.With{View: view.Gathering()})
		if err != nil && !errors.Is(err, reshape.ErrRefused) {
			return "", err
		}
		if err := view.Ask(t.Context(), &f.orders); err != nil {
			return "", err
		}
	}
	f.denied = nil
	shown, err := f.plan.Append(nil, []byte(text), reshape.With{
		View: view.Showing(func(rule *policy.Rule) { f.denied = append(f.denied, rule.Name) }),
	})
	for _, rule := range f.record.Rules {
		if view.Refused(rule) != slices.Contains(f.denied, rule.Name) {
			t.Errorf("that %s refused something is told: %t", rule.Name, view.Refused(rule))
		}
	}
	return string(shown), err
}

func customer() auth.Principal { return auth.Principal{ID: "7"} }

func TestWhatIsWithheldIsLeftOutOrHasAnotherInItsPlace(t *testing.T) {
	p, err := read(t, schema(t,
		`email: String @sensitive(scopes: [["users:pii"]], owner: "id")`, `email: String @sensitive(scopes: [["users:pii"]], owner: "id", as: MASK)`,
		`phone: String @sensitive(scopes: [["users:pii"]], owner: "id")`, `phone: String @sensitive(scopes: [["users:pii"]], owner: "id", as: PSEUDONYM)`,
	), contracts(t)...)
	if err != nil {
		t.Fatal(err)
	}
	f := filterOf(t, p, "User")
	of := func(id, email, phone string) string {
		return `{"id":` + id + `,"email":` + email + `,"phone":` + phone + `,"role":"admin","address":{"city":"Bern"}}`
	}
	seen := func(email, phone string) string { return `{"id":8,"email":` + email + `,"phone":` + phone + `}` }
	pseudonyms, err := policy.NewPseudonyms(p.Statement(), policy.Config{PseudonymKey: key})
	if err != nil {
		t.Fatal(err)
	}
	number, _ := pseudonyms.Of("+41 1")
	for text, want := range map[string]string{
		of("7", `"ada@shop.example"`, `"+41 1"`):                of("7", `"ada@shop.example"`, `"+41 1"`),
		of("8", `"bob@shop.example"`, `"+41 1"`):                seen(`"••••mple"`, `"`+number+`"`),
		of("8", `"bob\u0040shop.ex\u00e4mple"`, `"\u002b41 1"`): seen(`"••••mple"`, `"`+number+`"`),
		of("8", `"short"`, `null`):                              seen(`null`, `null`),
		of("8", `12345678901234`, `411`):                        seen(`null`, `null`),
		of("8", `["bob@shop.example"]`, `["+41 1"]`):            seen(`null`, `null`),
	} {
		if got, err := f.show(t, customer(), text); got != want || err != nil {
			t.Errorf("of %s got %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestARecordIsTheCallersByItsOwnerAlone(t *testing.T) {
	f := filterOf(t, gateways(t), "Order")
	for owner, want := range map[string]bool{
		`7`: true, `"7"`: true, `70`: false, `"07"`: false, `7.0`: false, `7e0`: false, `-7`: false, `" 7"`: false, `"\u0037"`: false, `null`: false,
		`true`: false, `[7]`: false, `{"id":7}`: false, `""`: false, `0`: false, `"` + strings.Repeat("7", 100) + `"`: false,
	} {
		for _, text := range []string{`{"user_id":` + owner + `,"status":"paid"}`, `{"items":[{"user_id":7}],"status":"paid","user_id":` + owner + `}`} {
			got, err := f.show(t, customer(), text)
			if shown := err == nil; shown != want || !want && !errors.Is(err, reshape.ErrRefused) {
				t.Errorf("%s: %s, %v", text, got, err)
			}
		}
	}
	if _, err := f.show(t, customer(), `{"user_id":7,"user\u005fid":8}`); err == nil || errors.Is(err, reshape.ErrRefused) {
		t.Errorf("an owner that stands twice: %v", err)
	}
	if got, err := f.show(t, customer(), `{"user\u005fid":7}`); err != nil {
		t.Errorf("a name with escapes: %s, %v", got, err)
	}
}

func TestAllThatLeadToTheSameRecordsAreAskedForAtOnce(t *testing.T) {
	f := filterOf(t, gateways(t), "Payment")
	const text = `[{"id":1,"order_id":80},{"id":2,"order_id":70},{"id":3,"order_id":"70"},{"id":4,"order_id":71},{"id":5},{"id":6,"order_id":7.0}]`
	got, err := f.show(t, customer(), text)
	if want := `[{"id":2,"order_id":70},{"id":3,"order_id":"70"}]`; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if diff := cmp.Diff([]string{"Order[70 71 80]"}, f.orders.asked); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Payment @owner"}, f.denied); diff != "" {
		t.Errorf("the rule that refuses the record is told of once, and none of its members': %s", diff)
	}
	reader := auth.Principal{ID: "9", Scopes: []string{"payments:read", "orders:read"}}
	if got, err := f.show(t, reader, `{"id":1,"order_id":80}`); got != `{"id":1,"order_id":80}` || err != nil || len(f.orders.asked) > 1 {
		t.Errorf("got %s, %v, and %v were asked for", got, err, f.orders.asked)
	}
}

func TestWhatWasNotFoundOutIsNobodys(t *testing.T) {
	f := filterOf(t, gateways(t), "Payment")
	const text = `{"id":1,"order_id":70}`
	view := f.policy.View(f.policy.Statement().View(customer()))
	showing := func() error {
		_, err := f.plan.Append(nil, []byte(text), reshape.With{View: view.Showing(func(*policy.Rule) {})})
		return err
	}
	if err := showing(); !errors.Is(err, reshape.ErrRefused) {
		t.Errorf("before anything is asked: %v", err)
	}
	if err := f.plan.Stream(io.Discard, strings.NewReader(text), reshape.With{View: view.Gathering()}, 1000); err != nil {
		t.Errorf("while it is gathered: %v", err)
	}
	if err := showing(); !errors.Is(err, reshape.ErrRefused) {
		t.Errorf("when it is gathered: %v", err)
	}
	if err := view.Ask(t.Context(), &f.orders); err != nil || showing() != nil {
		t.Errorf("afterwards: %v, %v", err, showing())
	}
	f.orders.err = errors.New("down")
	if err := view.Ask(t.Context(), &f.orders); !errors.Is(err, f.orders.err) || !errors.Is(showing(), reshape.ErrRefused) {
		t.Errorf("after an error: %v, %v", err, showing())
	}
}

func TestARuleThatRefusesNobodyGuardsNothing(t *testing.T) {
	p := gateways(t)
	for name, want := range map[string]string{
		"Product": "", "Address": "", "OrderItem": "",
		"Order":   "Order @owner, Order.shippingAddress @sensitive",
		"Payment": "Payment @owner, Order @owner",
		"User": "User.address @sensitive, User.createdAt @owner, User.email @sensitive, User.phone @sensitive, User.role @owner, " +
			"User.status @owner, User.updatedAt @owner",
	} {
		shown, _ := p.Type(name)
		var rules []string
		for _, rule := range shown.Rules {
			if rule.For(auth.Principal{ID: "someone"}) != policy.Allow {
				rules = append(rules, rule.Name)
			}
		}
		if diff := cmp.Diff(want, strings.Join(rules, ", ")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	product, _ := p.Type("Product")
	if stock, _ := product.Shape.At("stock"); stock.IsGuarded() {
		t.Error("what everybody sees is guarded")
	}
}

func TestAnonymousCallersSeeOnlyWhatIsPublic(t *testing.T) {
	p := gateways(t)
	for name, want := range map[string]bool{"Product": true, "User": false, "Order": false, "Payment": false} {
		_, err := filterOf(t, p, name).show(t, auth.Principal{}, `{"id":1,"user_id":7,"order_id":70}`)
		if (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
