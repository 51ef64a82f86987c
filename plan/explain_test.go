package plan_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"

	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/plan"
)

var sizes = plan.Sizes{Pages: page.Limits{Default: 20, Max: 100}, ListSize: 50}

// explained is what is said of the operations of a document.
func explained(t *testing.T, s *site, text string) []plan.Explanation {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(s.schema, text, document.Rules())
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return s.planner.Explain(doc, sizes)
}

// fetchesOf is a line for each fetch: its level, read and service, the most of calls, keys and records, and what it is for.
func fetchesOf(e plan.Explanation) []string {
	var lines []string
	for i, level := range e.Levels {
		for _, f := range level.Fetches {
			line := fmt.Sprintf("%d %s by %s of %s: %d %d %d for %s", i+1, f.Read, f.By, f.Service, f.Calls, f.Keys, f.Records,
				strings.Join(f.Paths, " "))
			if len(f.OwnersOf) > 0 {
				line += " owners of " + strings.Join(f.OwnersOf, " ")
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func TestALevelHasAFetchForEachSource(t *testing.T) {
	s := open(t)
	for query, want := range map[string][]string{
		`{ __typename }`:                     nil,
		`{ user(id: 7) { name } }`:           {"1 User by ids of user: 1 1 1 for user"},
		`{ products { nodes { name } } }`:    {"1 Products by lists of product: 1 1 20 for products"},
		`{ a: me { name } b: me { email } }`: {"1 User by ids of user: 1 1 1 for a b"},
		`{ a: user(id: 7) { name } b: user(id: 8) { name } me { name } c: user(id: 7) { name } }`: {
			"1 User by ids of user: 1 3 3 for a b me c",
		},
		`{ orders(first: 3) { nodes { user { name } items { product { name } } payment { id } } edges { node { buyer: user { id } } } } }`: {
			"1 Orders by lists of order: 1 1 3 for orders",
			"2 User by ids of user: 1 3 3 for orders.nodes.user orders.edges.node.buyer",
			"2 Product by ids of product: 2 150 150 for orders.nodes.items.product",
			"2 PaymentOfOrder by ids of payment: 1 3 3 for orders.nodes.payment",
		},
		// What is read of a level together is read once, whichever way leads there.
		`{ user(id: 7) { name } order(id: 5) { user { name } } }`: {
			"1 User by ids of user: 1 1 1 for user", "1 Order by ids of order: 1 1 1 for order", "2 User by ids of user: 1 1 1 for order.user",
		},
		// Of lists, the first parts of users' orders go together, and others do not.
		`{ users(first: 3) { nodes { orders(first: 2) { nodes { id } } } } }`: {
			"1 Users by lists of user: 1 1 3 for users", "2 Orders by lists of order: 1 3 6 for users.nodes.orders",
		},
		`query($c: String) { users(first: 3) { nodes { orders(first: 2, after: $c) { nodes { id } } } } }`: {
			"1 Users by lists of user: 1 1 3 for users", "2 Orders by lists of order: 3 3 6 for users.nodes.orders",
		},
		`{ users(first: 3) { nodes { orders(first: 2) { nodes { id } } next: orders(first: 2, after: "bzo0") { nodes { id } } } } }`: {
			"1 Users by lists of user: 1 1 3 for users", "2 Orders by lists of order: 4 6 12 for users.nodes.orders users.nodes.next",
		},
		// What a list brought, or an earlier level, is not asked for again.
		`{ users(first: 3) { nodes { orders(first: 2) { nodes { user { name orders(first: 2) { nodes { id } } } payment { order { id } } } } } } }`: {
			"1 Users by lists of user: 1 1 3 for users users.nodes.orders.nodes.user",
			"2 Orders by lists of order: 1 3 6 for users.nodes.orders users.nodes.orders.nodes.user.orders users.nodes.orders.nodes.payment.order",
			"3 PaymentOfOrder by ids of payment: 1 6 6 for users.nodes.orders.nodes.payment",
		},
	} {
		if diff := cmp.Diff(want, fetchesOf(explained(t, s, query)[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestOwnersAreLookedUpWhereARecordDoesNotSayThem(t *testing.T) {
	s := open(t)
	for query, want := range map[string][]string{
		`{ payment(id: 7) { id } }`: {
			"1 Payment by ids of payment: 1 1 1 for payment", "2 Order by ids of order: 1 1 1 for  owners of payment",
		},
		`{ payment(id: 7) { order { user { name } } } }`: {
			"1 Payment by ids of payment: 1 1 1 for payment", "2 Order by ids of order: 1 1 1 for payment.order owners of payment",
			"3 User by ids of user: 1 1 1 for payment.order.user",
		},
		// A payment that was found by its order belongs to that.
		`{ order(id: 5) { payment { id } } }`: {
			"1 Order by ids of order: 1 1 1 for order owners of order.payment", "2 PaymentOfOrder by ids of payment: 1 1 1 for order.payment",
		},
	} {
		if diff := cmp.Diff(want, fetchesOf(explained(t, s, query)[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

// Where keys can be known before their level, what hangs on them is a call of its own.
func TestRecordsThatAreKnownAlreadyMakeCallsOfTheirOwn(t *testing.T) {
	s := open(t)
	for query, want := range map[string][]string{
		`{ user(id: 9) { name } orders { nodes { user { name orders(first: 3) { nodes { id } } } } } }`: {
			"1 User by ids of user: 1 1 1 for user", "1 Orders by lists of order: 1 1 20 for orders", "2 User by ids of user: 1 20 20 for orders.nodes.user",
			"3 Orders by lists of order: 2 20 60 for orders.nodes.user.orders",
		},
		`{ user(id: 9) { name } order(id: 1) { user { orders(first: 3) { nodes { items { product { name } } } } } } }`: {
			"1 User by ids of user: 1 1 1 for user", "1 Order by ids of order: 1 1 1 for order", "2 User by ids of user: 1 1 1 for order.user",
			"3 Orders by lists of order: 1 1 3 for order.user.orders", "4 Product by ids of product: 3 150 150 for order.user.orders.nodes.items.product",
		},
	} {
		if diff := cmp.Diff(want, fetchesOf(explained(t, s, query)[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestAPageHoldsAsManyAsItsArgumentSays(t *testing.T) {
	s := open(t)
	for selected, want := range map[string]string{
		`orders { nodes { id } }`:                                     "1 1 20",
		`orders(first: 7) { nodes { id } }`:                           "1 1 7",
		`orders(first: $n) { nodes { id } }`:                          "1 1 100",
		`orders(first: null) { nodes { id } }`:                        "1 1 20",
		`orders(first: 7) { pageInfo { endCursor } }`:                 "1 1 7",
		`orders(first: 7) { nodes { id } pageInfo { hasNextPage } }`:  "1 1 8",
		`orders(first: $n) { nodes { id } pageInfo { hasNextPage } }`: "1 1 101",
		`orders(first: 0) { pageInfo { hasNextPage } }`:               "1 1 1",
		`orders(first: 0) { nodes { id } }`:                           "",
		`orders(first: 101) { nodes { id } }`:                         "",
		`orders(first: -1) { nodes { id } }`:                          "",
	} {
		got := ""
		e := explained(t, s, "query($n: Int) { "+selected+" users(first: $n) { __typename } }")[0]
		for _, f := range e.Levels[0].Fetches {
			if f.Read == "Orders" {
				got = fmt.Sprint(f.Calls, f.Keys, f.Records)
			}
		}
		if got != want {
			t.Errorf("%s asks for %s, want %s", selected, got, want)
		}
	}
}

func TestCountingStopsBeforeItOverflows(t *testing.T) {
	const deep = 12
	query := strings.Repeat("nodes { user { orders(first: 100, after: $c) { ", deep) + "nodes { items { product { id } } }" + strings.Repeat(" } } }", deep)
	e := explained(t, open(t), "query($c: String) { orders(first: 100) { "+query+" } }")[0]
	if last := e.Services[1]; last.Calls < plan.Countless/100 || last.Keys != plan.Countless || last.Records != plan.Countless {
		t.Errorf("it asks for %+v", last)
	}
	if e.Services[0].Calls != plan.Countless || !strings.Contains(e.Text(), "countless") {
		t.Errorf("it says\n%s", e.Text())
	}
}

func TestAFetchTellsWhatItKeepsAndTheRulesThatAreAsked(t *testing.T) {
	e := explained(t, open(t), `{ orders(first: 2) { nodes {
		total { amount } shippingAddress { city } items { quantity unitPrice { amount } product { sku } } user { contact: email }
	} } }`)[0]
	type told struct {
		Keeps []string
		Rules []plan.Asked
	}
	got := make(map[string]told)
	for _, level := range e.Levels {
		for _, f := range level.Fetches {
			got[f.Read] = told{f.Keeps, f.Rules}
		}
	}
	want := map[string]told{
		"Orders": {
			[]string{"user_id", "currency", "total", "items.product_id", "items.quantity", "items.unit_price", "shipping_address.city"},
			[]plan.Asked{
				{"orders", []string{"Query.orders @owner", "Order @owner"}},
				{"orders.nodes.shippingAddress", []string{"Order.shippingAddress @sensitive"}},
			},
		},
		"Product": {[]string{"sku"}, []plan.Asked{{"orders.nodes.items.product", []string{"Product @public"}}}},
		"User": {[]string{"id", "email"}, []plan.Asked{
			{"orders.nodes.user", []string{"User @authenticated"}}, {"orders.nodes.user.contact", []string{"User.email @sensitive"}},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("it tells (-want +got):\n%s", diff)
	}
}

func TestWhatIsNotPlannedIsNamed(t *testing.T) {
	s := open(t)
	for query, want := range map[string]plan.Explanation{
		`mutation { cancelOrder(id: 5) { order { id } } }`: {Execution: plan.ByGqlgen, Why: "it is no query"},
		`{ me { id } __schema { description } }`:           {Execution: plan.ByGqlgen, Field: "Query.__schema", Why: "it is introspection"},
	} {
		got := explained(t, s, query)[0]
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
		text := "not planned: " + strings.TrimPrefix(want.Field+": "+want.Why, ": ") + "\n"
		if got.Text() != text {
			t.Errorf("it says %q, want %q", got.Text(), text)
		}
	}
}

func TestTheFieldThatIsNotPlannedIsTheInnermost(t *testing.T) {
	why := fmt.Errorf("leads over a part: %w", errors.New("which is none"))
	err := fmt.Errorf("Query.orders: %w", fmt.Errorf("OrderConnection.nodes: %w", fmt.Errorf("Order.user: %w", why)))
	want := plan.Explanation{Execution: plan.ByGqlgen, Field: "Order.user", Why: "leads over a part: which is none"}
	if diff := cmp.Diff(want, plan.Unexplained(err)); diff != "" {
		t.Errorf("it says (-want +got):\n%s", diff)
	}
}

func TestWhatAVariableMayLeaveOutIsIncluded(t *testing.T) {
	told := explained(t, open(t), `
		query A($x: Boolean!, $y: Boolean!) { me @skip(if: $x) { ...F ... @include(if: $x) { email } } product(id: 3) @skip(if: true) { id } }
		query B { me { name } }
		fragment F on User { orders @include(if: $y) { nodes { id } } }
	`)
	want := []string{"1 User by ids of user: 1 1 1 for me", "2 Orders by lists of order: 1 1 20 for me.orders"}
	if diff := cmp.Diff(want, fetchesOf(told[0])); diff != "" {
		t.Errorf("it fetches (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"x", "y"}, nil}, [][]string{told[0].Included, told[1].Included}); diff != "" {
		t.Errorf("variables that count as if they left nothing out (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(told[0].Text(), "with all that @skip and @include may leave out by $x, $y\n") {
		t.Errorf("it does not say so:\n%s", told[0].Text())
	}
}

func TestAnExplanationIsTheSameOverJSON(t *testing.T) {
	e := explained(t, open(t), `{ payment(id: 7) { amount { amount } order { user { name } items { product { name } } } } }`)[0]
	text, _ := json.Marshal(e)
	var again plan.Explanation
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e, again); diff != "" {
		t.Errorf("it became (-want +got):\n%s", diff)
	}
	const want = `level  read     service  by   calls  keys  records  for                               keeps
1      Payment  payment  ids  1      1     1        payment                           order_id, amount, currency
2      Order    order    ids  1      1     1        payment.order, owners of payment  user_id, items.product_id
3      User     user     ids  1      1     1        payment.order.user                name
3      Product  product  ids  1      50    50       payment.order.items.product       name

field                        rules
payment                      Payment @owner
payment.order                Order @owner
payment.order.items.product  Product @public
payment.order.user           User @authenticated

at most  calls  keys  records
order    1      1     1
payment  1      1     1
product  1      50    50
user     1      1     1
`
	if diff := cmp.Diff(want, again.Text()); diff != "" {
		t.Errorf("it says (-want +got):\n%s", diff)
	}
}
