package plan_test

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
)

// TestWhatIsOverALimitIsNullAndTheRestArrives has each query answered by its plan and by gqlgen, which have to agree (ask).
func TestWhatIsOverALimitIsNullAndTheRestArrives(t *testing.T) {
	for name, c := range map[string]struct {
		limits map[string]int
		who    auth.Principal
		query  string
		want   string
		asked  []string
		calls  []string
	}{
		"the smallest keys are granted": {
			map[string]int{"Order.payment": 2},
			support, `{ orders {nodes {id payment {id}}} }`,
			`{"orders":{"nodes":[{"id":"71","payment":{"id":"171"}},{"id":"72","payment":{"id":"172"}},{"id":"81","payment":null},{"id":"90","payment":null}]}}` +
				` | orders.nodes[2].payment RATE_LIMITED | orders.nodes[3].payment RATE_LIMITED`,
			[]string{"Order.payment 2 of 4"},
			[]string{"/orders?limit=20&offset=0", "/payments?order_ids=71,72"},
		},
		"a key counts once, whatever leads to it": {
			map[string]int{"Order.payment": 1, "Query.order": 1},
			support,
			`{ a: order(id: 71) {payment {id} p: payment {id}} b: order(id: 71) {...P} } fragment P on Order { payment {id} ... on Order {q: payment {id}} }`,
			`{"a":{"payment":{"id":"171"},"p":{"id":"171"}},"b":{"payment":{"id":"171"},"q":{"id":"171"}}}`,
			[]string{"Query.order 1 of 1", "Order.payment 1 of 1"},
			[]string{"/orders?ids=71", "/payments?order_ids=71"},
		},
		"a value counts once for each record": {
			map[string]int{"User.email": 1},
			support, `{ orders {nodes {user {email e: email}} edges {node {user {...E}}}} } fragment E on User { x: email name }`,
			`{"orders":{"nodes":[{"user":{"email":"ada.lovelace@example.com","e":"ada.lovelace@example.com"}},{"user":{"email":"ada.lovelace@example.com","e":"ada.lovelace@example.com"}},{"user":{"email":null,"e":null}},{"user":null}],` +
				`"edges":[{"node":{"user":{"x":"ada.lovelace@example.com","name":"Ada"}}},{"node":{"user":{"x":"ada.lovelace@example.com","name":"Ada"}}},{"node":{"user":{"x":null,"name":"Böb \"</x>\" 😀"}}},{"node":{"user":null}}]}}` +
				` | orders.edges[2].node.user.x RATE_LIMITED | orders.nodes[2].user.e RATE_LIMITED | orders.nodes[2].user.email RATE_LIMITED`,
			[]string{"User.email 1 of 2"},
			[]string{"/orders?limit=20&offset=0", "/users?ids=0,7,8"},
		},
		"what the policy does not show costs nothing": {
			map[string]int{"User.email": 1, "User.phone": 1, "Order.payment": 1},
			customer, `{ other: user(id: 8) {email phone} me {email phone} }`,
			`{"other":{"email":null,"phone":null},"me":{"email":"ada.lovelace@example.com","phone":"+441234567890"}} | other.email FORBIDDEN | other.phone FORBIDDEN`,
			[]string{"User.email 1 of 1, User.phone 1 of 1"},
			[]string{"/users?ids=7,8"},
		},
		"nor does a key that may not leave": {
			map[string]int{"User.orders": 1},
			customer, `{ a: user(id: 8) {orders {nodes {id}}} b: me {orders(first: 1) {nodes {id}}} }`,
			`{"a":{"orders":null},"b":{"orders":{"nodes":[{"id":"71"}]}}} | a.orders FORBIDDEN`,
			[]string{"User.orders 1 of 1"},
			[]string{"/orders?limit_each=1&user_ids=7", "/users?ids=7,8"},
		},
		"a page is one key": {
			map[string]int{"Query.orders": 1},
			support, `{ a: orders {nodes {id}} b: orders(first: 20) {edges {cursor}} c: orders(first: 1) {nodes {id}} d: orders(first: 0) {nodes {id}} }`,
			`{"a":null,"b":null,"c":{"nodes":[{"id":"71"}]},"d":{"nodes":[]}} | a RATE_LIMITED | b RATE_LIMITED`,
			[]string{"Query.orders 1 of 2"},
			[]string{"/orders?limit=1&offset=0"},
		},
		"a refused key leaves for another field": {
			map[string]int{"Order.user": 1},
			support, `{ orders {nodes {user {name}}} user(id: 8) {id} }`,
			`{"orders":{"nodes":[{"user":{"name":"Ada"}},{"user":{"name":"Ada"}},{"user":null},{"user":null}]},"user":{"id":"8"}} | orders.nodes[2].user RATE_LIMITED`,
			[]string{"Order.user 1 of 2"},
			[]string{"/orders?limit=20&offset=0", "/users?ids=0,7", "/users?ids=8"},
		},
		"a known record counts as well": {
			map[string]int{"Payment.order": 1, "Query.order": 9},
			support, `{ orders {nodes {payment {order {id}}}} }`,
			`{"orders":{"nodes":[{"payment":{"order":{"id":"71"}}},{"payment":{"order":null}},{"payment":{"order":null}},{"payment":{"order":null}}]}}` +
				` | orders.nodes[1].payment.order RATE_LIMITED | orders.nodes[2].payment.order RATE_LIMITED | orders.nodes[3].payment.order RATE_LIMITED`,
			[]string{"Payment.order 1 of 4"},
			[]string{"/orders?limit=20&offset=0", "/payments?order_ids=71,72,81,90"},
		},
		"all fields of a level are one question, values before keys": {
			map[string]int{"Order.payment": 1, "Order.user": 1, "Order.total": 2, "Order.shippingAddress": 1},
			support,
			`{ orders(first: 2) {nodes {total {amount} shippingAddress {city} user {id} payment {id}}} }`,
			`{"orders":{"nodes":[{"total":{"amount":"10.50"},"shippingAddress":{"city":"London"},"user":{"id":"7"},"payment":{"id":"171"}},{"total":null,"shippingAddress":null,"user":{"id":"7"},"payment":null}]}}` +
				` | orders.nodes[1].payment RATE_LIMITED | orders.nodes[1].shippingAddress RATE_LIMITED`,
			[]string{"Order.shippingAddress 1 of 2, Order.total 2 of 2", "Order.payment 1 of 2, Order.user 1 of 1"},
			[]string{"/orders?limit=2&offset=0", "/payments?order_ids=71", "/users?ids=7"},
		},
		"records of a page without resolvers": {
			map[string]int{"Product.stock": 2, "Product.price": 1},
			anonymous, `{ products {nodes {id stock} edges {node {price {amount} stock}}} }`,
			`{"products":{"nodes":[{"id":"1","stock":3},{"id":"2","stock":null},{"id":"4","stock":null}],"edges":[{"node":{"price":{"amount":"1.50"},"stock":3}},{"node":{"price":null,"stock":null}},{"node":{"price":null,"stock":null}}]}}` +
				` | products.edges[1].node.price RATE_LIMITED | products.edges[2].node.price RATE_LIMITED | products.edges[2].node.stock RATE_LIMITED | products.nodes[2].stock RATE_LIMITED`,
			[]string{"Product.price 1 of 3, Product.stock 2 of 3"},
			[]string{"/products?limit=20&offset=0"},
		},
		"what was granted stays granted, and what was refused stays so": {
			map[string]int{"User.email": 1, "Payment.order": 1},
			support,
			`{ user(id: 7) {email} order(id: 71) {user {email} payment {order {user {email}}}} p: payment(id: 172) {order {user {email}}} }`,
			`{"user":{"email":"ada.lovelace@example.com"},"order":{"user":{"email":"ada.lovelace@example.com"},"payment":{"order":null}},"p":{"order":{"user":{"email":"ada.lovelace@example.com"}}}} | order.payment.order RATE_LIMITED`,
			[]string{"User.email 1 of 1", "Payment.order 1 of 1", "Payment.order 0 of 1"},
			[]string{"/orders?ids=71", "/orders?ids=72", "/payments/172", "/payments?order_ids=71", "/users?ids=7"},
		},
		"the caller's own": {
			map[string]int{"Query.me": 1}, customer, `{ me {name} a: me {id} }`, `{"me":{"name":"Ada"},"a":{"id":"7"}}`, []string{"Query.me 1 of 1"}, []string{"/users?ids=7"},
		},
		"nobody's own costs nothing": {map[string]int{"Query.me": 1}, machine, `{ me {name} }`, `{"me":null} | me FORBIDDEN`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := build(t, limited(c.limits))
			got := s.ask(t, c.who, c.query, nil)
			if diff := cmp.Diff(c.want, got.String()); diff != "" {
				t.Errorf("the answer (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.asked, got.Asked); diff != "" {
				t.Errorf("the questions (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.calls, got.Calls); diff != "" {
				t.Errorf("the calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOfAPageSoManyAreShownAsTheLimitHasRoomFor(t *testing.T) {
	ready := onePage(0)
	ready["/payments?order_ids=1,2,3,4,5"] = ready["/payments?order_ids="+counted(20)]
	with := limited(map[string]int{"Order.payment": 5})
	with.way = ready
	got := build(t, with).ask(t, support, `{ orders(first: 20) {nodes {payment {id}}} }`, nil)
	if shown, refused := strings.Count(got.Data, `"id"`), len(got.Errors); shown != 5 || refused != 15 {
		t.Errorf("%d payments are shown and %d refused, want 5 and 15: %s", shown, refused, got)
	}
}

// TestNothingIsLimitedWithoutAnAccount runs a plan with limits for a request that nobody counts.
func TestNothingIsLimitedWithoutAnAccount(t *testing.T) {
	s := build(t, limited(map[string]int{"Order.payment": 1, "User.email": 1}))
	s.limits = nil // so that requests have none
	got := s.ask(t, support, `{ orders {nodes {payment {id} user {email}}} }`, nil)
	if len(got.Errors) > 0 {
		t.Errorf("the answer is %s", got)
	}
}

// TestALevelIsOneCallToEachServiceWithLimits is promise 1, where edges of one level wait for their limits and others do not.
func TestALevelIsOneCallToEachServiceWithLimits(t *testing.T) {
	const query = `{ orders {nodes {user {name email} buyer: user {id} items {product {name stock}} payment {order {user {role}}}} edges {node {user {phone}}}} user(id: 100) {id email} product(id: 4) {stock} }`
	free := open(t).ask(t, support, query, nil)
	for _, limits := range []map[string]int{
		{"Order.user": 100},
		{"OrderItem.product": 100, "User.email": 100},
		{"Query.orders": 100, "Order.user": 100, "Query.user": 100},
		{"Product.stock": 100, "Payment.order": 100, "Query.product": 100, "User.phone": 100},
	} {
		if got := build(t, limited(limits)).ask(t, support, query, nil); got.Data != free.Data || !slices.Equal(got.Calls, free.Calls) {
			t.Errorf("with limits %v that have room the answer is %s\nby the calls %v, want %v", limits, got, got.Calls, free.Calls)
		}
	}
}

// TestBothExecutionsChargeAlike makes operations and limits by chance. Answers, errors, denials, calls, and what the counters were
// asked in which order are the same by plans and by gqlgen (ask).
func TestBothExecutionsChargeAlike(t *testing.T) {
	callers := []auth.Principal{anonymous, customer, other, support, support, support, machine}
	limits, refused := 0, 0
	for seed := range uint64(60) {
		by := rand.New(rand.NewPCG(seed, 7))
		some := make(map[string]int)
		for _, name := range limitable(t) {
			if by.IntN(2) == 0 {
				some[name] = 1 + by.IntN(2)
			}
		}
		limits += len(some)
		synctest.Test(t, func(t *testing.T) {
			s := build(t, limited(some))
			s.before = listsFirst
			for range 8 {
				got := s.ask(t, callers[by.IntN(len(callers))], "{ "+fields(by, "Query", 5)+" }", nil)
				refused += strings.Count(got.String(), "RATE_LIMITED")
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d, with limits %v", seed, some)
		}
	}
	if refused < 400 {
		t.Errorf("of %d limits only %d things were over: the operations prove little", limits, refused)
	}
}

// listsFirst has lists answer before other calls of their level, and those before them whose records others lead to. Whether gqlgen
// asks for a record by its id that a list brings depends on which of them comes first.
func listsFirst(r *http.Request) error {
	after := 4
	if query := r.URL.Query(); query.Has("limit") || query.Has("limit_each") {
		after = 1 + slices.Index([]string{"/products", "/users", "/orders"}, r.URL.Path)
	}
	time.Sleep(time.Duration(after) * time.Millisecond)
	return nil
}

// limitable are the fields of queries that can have limits, in order.
func limitable(t *testing.T) []string {
	t.Helper()
	s := open(t)
	var names []string
	for _, object := range s.schema.Types {
		if strings.HasPrefix(object.Name, "__") || object == s.schema.Mutation {
			continue
		}
		for _, field := range object.Fields {
			if object.Kind == "OBJECT" && !field.Type.NonNull && s.planner.Chargeable(object, field) == "" {
				names = append(names, object.Name+"."+field.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// ways are how fields are selected, by their type: %s is what is selected below.
var ways = map[string][]string{
	"Query": {
		"a%d: orders(first: 3) {nodes {%s}}", "b%d: orders {edges {node {%s}}}", "c%d: user(id: 7) {%s}", "d%d: user(id: 8) {%s}", "e%d: order(id: 71) {%s}",
		"f%d: order(id: 81) {%s}", "g%d: payment(id: 171) {%s}", "h%d: payment(id: 181) {%s}", "i%d: product(id: 1) {%s}", "j%d: me {%s}", "k%d: users {nodes {%s}}",
		"l%d: products {nodes {%s} edges {node {stock sku}}}", "m%d: orders(userId: 7, first: 1) {nodes {%s}}",
	},
	"User":    {"id", "name", "email", "a%d: phone", "role", "address {city}", "b%d: orders {nodes {%s}}", "c%d: orders(first: 1) {edges {node {%s}}}"},
	"Order":   {"id", "total {amount}", "shippingAddress {city}", "a%d: user {%s}", "b%d: payment {%s}", "items {quantity product {stock sku}}", "createdAt"},
	"Payment": {"id", "cardLast4", "amount {amount}", "a%d: order {%s}"},
	"Product": {"id", "stock", "sku", "price {amount}"},
}

// fields are a selection by chance.
func fields(by *rand.Rand, of string, depth int) string {
	text := []string{"__typename"}
	for range 1 + by.IntN(4) {
		way := ways[of][by.IntN(len(ways[of]))]
		way = strings.Replace(way, "%d", strconv.Itoa(by.IntN(1000)), 1)
		if strings.Contains(way, "%s") {
			if depth == 0 {
				continue
			}
			way = strings.Replace(way, "%s", fields(by, leadsTo(way), depth-1), 1)
		}
		text = append(text, way)
	}
	return strings.Join(text, " ")
}

func leadsTo(way string) string {
	_, way, _ = strings.Cut(way, ": ")
	for _, each := range [][2]string{{"order", "Order"}, {"user", "User"}, {"me", "User"}, {"payment", "Payment"}, {"product", "Product"}} {
		if strings.HasPrefix(way, each[0]) {
			return each[1]
		}
	}
	panic(way)
}

func TestWhatCanBeLimitedIsWhatCanBeCounted(t *testing.T) {
	s := open(t)
	for name, want := range map[string]string{
		"Query.me": "", "Query.orders": "", "Order.payment": "", "Order.user": "", "OrderItem.product": "", "User.orders": "", "User.email": "", "Order.total": "",
		"Order.shippingAddress": "", "Payment.cardLast4": "", "Product.stock": "", "Mutation.cancelOrder": "",
		"OrderItem.unitPrice": "record with an id", "Address.city": "record with an id", "Money.amount": "record with an id", "Order.items": "parts of its record",
		"OrderConnection.nodes": "belongs to a page", "OrderEdge.node": "belongs to a page", "PageInfo.endCursor": "belongs to a page", "UserError.field": "no member",
	} {
		object, field, _ := strings.Cut(name, ".")
		definition := s.schema.Types[object]
		got := s.planner.Chargeable(definition, definition.Fields.ForName(field))
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestARunIsChargedAnewEachTime runs one plan again and again: what one run was granted or refused is not known to the next.
func TestARunIsChargedAnewEachTime(t *testing.T) {
	s := build(t, limited(map[string]int{"User.email": 1, "Order.user": 1}))
	compiled, operation := s.compiled(t, `query ($id: ID!) { order(id: $id) {user {email}} a: user(id: 7) {email} }`, map[string]any{"id": "71"})
	for _, id := range []string{"71", "81", "71", "81"} {
		of := anew(operation)
		of.Variables = maps.Clone(map[string]any{"id": id})
		got := s.run(t.Context(), compiled, of, support)
		if want := map[string]int{"71": 0, "81": 1}[id]; len(got.Errors) != want {
			t.Errorf("of order %s the answer is %s, want %d errors", id, got, want)
		}
	}
}

// What a run keeps of its charges counts for its room like what it keeps of records.
func TestWhatIsChargedCountsForTheRoomOfARun(t *testing.T) {
	room := func(limits map[string]int) int {
		s := build(t, limited(limits))
		compiled, operation := s.compiled(t, `{ a: user(id: 7) {email} b: user(id: 8) {email} }`, nil)
		ctx, _ := s.begin(t.Context(), support)
		return s.planner.Room(graphql.WithOperationContext(ctx, operation), compiled)
	}
	free := room(nil)
	if got := room(map[string]int{"Query.user": 9, "User.email": 9}) - free; got != 4 {
		t.Errorf("two keys and two values count as %d, want 4", got)
	}
}
