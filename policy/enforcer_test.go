package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
)

func TestWhatIsDeniedMakesNoCall(t *testing.T) {
	d := open(t)
	for name, c := range map[string]struct {
		who       auth.Principal
		query     string
		variables map[string]any
		want      string
		calls     []string
	}{
		"nobody's look at everything": {
			anonymous, `{ me {id} user(id: 7) {id} users {nodes {id}} order(id: 71) {id} orders {nodes {id}} payment(id: 171) {id} product(id: 1) {name} }`, nil,
			`{"me":null,"user":null,"users":null,"order":null,"orders":null,"payment":null,"product":{"name":"Pen"}} | me UNAUTHENTICATED | order UNAUTHENTICATED | orders UNAUTHENTICATED | payment UNAUTHENTICATED | user UNAUTHENTICATED | users UNAUTHENTICATED`,
			[]string{"GET /products?ids=1"},
		},
		"nobody's writes": {
			anonymous, `mutation { cancelOrder(id: 71) {order {id}} payOrder(input: {orderId: 71, method: PAYPAL}) {payment {id}} refundPayment(id: 171) {payment {id}} updateProfile(input: {name: "x"}) {user {id}} }`, nil,
			`{"cancelOrder":null,"payOrder":null,"refundPayment":null,"updateProfile":null} | cancelOrder UNAUTHENTICATED | payOrder UNAUTHENTICATED | refundPayment UNAUTHENTICATED | updateProfile UNAUTHENTICATED`,
			nil,
		},
		"a machine's": {
			machine, `mutation { cancelOrder(id: 71) {order {id}} updateProfile(input: {name: "x"}) {user {id}} }`, nil,
			`{"cancelOrder":null,"updateProfile":null} | cancelOrder FORBIDDEN | updateProfile FORBIDDEN`,
			nil,
		},
		"an id that is written like no user's": {
			caller("07"), `{ order(id: 71) {id} user(id: 7) {name email} }`, nil,
			`{"order":null,"user":{"name":"Ada","email":null}} | order FORBIDDEN | user.email FORBIDDEN`,
			[]string{"GET /users?ids=7"},
		},
		"lists that are nobody's own": {
			customer, `{ users {nodes {id}} all: orders {nodes {id}} none: orders(userId: null) {nodes {id}} theirs: orders(userId: 8) {nodes {id}} }`, nil,
			`{"users":null,"all":null,"none":null,"theirs":null} | all FORBIDDEN | none FORBIDDEN | theirs FORBIDDEN | users FORBIDDEN`,
			nil,
		},
		"a variable of somebody else": {
			customer, `query ($u: ID) { orders(userId: $u) {nodes {id}} }`, map[string]any{"u": "8"}, `{"orders":null} | orders FORBIDDEN`, nil,
		},
		"a variable that is null": {
			customer, `query ($u: ID) { orders(userId: $u) {nodes {id}} }`, map[string]any{"u": nil}, `{"orders":null} | orders FORBIDDEN`, nil,
		},
		"a variable that is not given": {
			customer, `query ($u: ID) { orders(userId: $u) {nodes {id}} }`, nil, `{"orders":null} | orders FORBIDDEN`, nil,
		},
		"a variable that is somebody else by default": {
			customer, `query ($u: ID = 8) { orders(userId: $u) {nodes {id}} }`, nil, `{"orders":null} | orders FORBIDDEN`, nil,
		},
		"a variable that is the caller by default": {
			customer, `query ($u: ID = 7) { orders(userId: $u) {nodes {id}} }`, nil,
			`{"orders":{"nodes":[{"id":"71"},{"id":"72"}]}}`,
			[]string{"GET /orders?limit_each=20&user_ids=7"},
		},
		"edges of another user": {
			customer, `{ user(id: 8) { ...Much role } } fragment Much on User { x: name ... on User { y: email phone address {city} orders {nodes {id}} } }`, nil,
			`{"user":{"x":"Bob","y":null,"phone":null,"address":null,"orders":null,"role":null}} | user.address FORBIDDEN | user.orders FORBIDDEN | user.phone FORBIDDEN | user.role FORBIDDEN | user.y FORBIDDEN`,
			[]string{"GET /users?ids=8"},
		},
		"edges of the caller": {
			customer, `{ me { email orders {nodes {id payment {id cardLast4}}} } }`, nil,
			`{"me":{"email":"ada.lovelace@example.com","orders":{"nodes":[{"id":"71","payment":{"id":"171","cardLast4":"4242"}},{"id":"72","payment":{"id":"172","cardLast4":null}}]}}}`,
			[]string{"GET /orders?limit_each=20&user_ids=7", "GET /payments?order_ids=71,72", "GET /users?ids=7"},
		},
		"a part of an order without the scope for it": {
			caller("100", "orders:read"), `{ order(id: 71) { id shippingAddress {city} payment {id} user {name email} } }`, nil,
			`{"order":{"id":"71","shippingAddress":null,"payment":null,"user":{"name":"Ada","email":null}}} | order.payment FORBIDDEN | order.shippingAddress FORBIDDEN | order.user.email FORBIDDEN`,
			[]string{"GET /orders?ids=71", "GET /users?ids=7"},
		},
		"a write without the scope for it": {
			customer, `mutation { refundPayment(id: 171) {payment {id}} }`, nil,
			`{"refundPayment":null} | refundPayment FORBIDDEN`, nil,
		},
		"the meta field of what is denied": {
			anonymous, `{ __typename order(id: 71) {__typename} }`, nil, `{"__typename":"Query","order":null} | order UNAUTHENTICATED`, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, sorted(d.answer(t, c.who, c.query, c.variables))); diff != "" {
				t.Errorf("the answer (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.calls, d.services.made()); diff != "" {
				t.Errorf("the calls (-want +got):\n%s", diff)
			}
		})
	}
}

// sorted puts the errors of an answer in an order: fields run side by side.
func sorted(answer string) string {
	parts := strings.Split(answer, " | ")
	slices.Sort(parts[1:])
	return strings.Join(parts, " | ")
}

func TestAStrangersRecordLooksAsIfThereWereNone(t *testing.T) {
	d := open(t)
	for name, c := range map[string]struct{ query, strange, missing string }{
		"an order":                    {`query ($id: ID!) { order(id: $id) { id user {email} payment {id} items {product {id}} } }`, "81", "999"},
		"an order without an owner":   {`query ($id: ID!) { order(id: $id) { id } }`, "90", "999"},
		"a payment":                   {`query ($id: ID!) { payment(id: $id) { id cardLast4 order {id} } }`, "181", "999"},
		"a payment without an order":  {`query ($id: ID!) { payment(id: $id) { id } }`, "199", "999"},
		"a payment of nobody's order": {`query ($id: ID!) { payment(id: $id) { id } }`, "190", "999"},
		"an order to cancel":          {`mutation ($id: ID!) { x: cancelOrder(id: $id) { order {id} userErrors {code field message} } }`, "81", "999"},
		"nobody's order to cancel":    {`mutation ($id: ID!) { cancelOrder(id: $id) { order {id} userErrors {code} } }`, "90", "999"},
		"an order to pay": {
			`mutation ($id: ID!) { payOrder(input: {orderId: $id, method: PAYPAL}) { __typename payment {id} userErrors {code} } }`, "81", "999",
		},
		"an order to pay by half a card": {
			`mutation ($id: ID!) { payOrder(input: {orderId: $id, method: CARD}) { payment {id} userErrors {code} } }`, "81", "999",
		},
	} {
		t.Run(name, func(t *testing.T) {
			strange := d.answer(t, customer, c.query, map[string]any{"id": c.strange})
			missing := d.answer(t, customer, c.query, map[string]any{"id": c.missing})
			if strange != missing {
				t.Errorf("a stranger gets %s, want what there is for a missing record: %s", strange, missing)
			}
			if strings.Contains(c.query, "mutation") != strings.Contains(strange, `"code":"NOT_FOUND"`) || strings.Contains(strange, " | ") {
				t.Errorf("a stranger gets %s, want null, or NOT_FOUND", strange)
			}
			for _, call := range d.services.made() {
				if !strings.HasPrefix(call, "GET ") || strings.Contains(call, "/users") || strings.Contains(call, "/products") {
					t.Errorf("%s was called, want nothing below the record and no write", call)
				}
			}
		})
	}
}

func TestOwnersAndScopesWrite(t *testing.T) {
	d := open(t)
	const query = `mutation { cancelOrder(id: 71) { order {id} userErrors {code} } payOrder(input: {orderId: 71, method: PAYPAL}) { payment {id order {id}} userErrors {code} } }`
	const want = `{"cancelOrder":{"order":{"id":"71"},"userErrors":[]},"payOrder":{"payment":{"id":"171","order":{"id":"71"}},"userErrors":[]}}`
	for name, who := range map[string]auth.Principal{"the owner": customer, "an admin": admin} {
		if got := d.answer(t, who, query, nil); got != want {
			t.Errorf("%s gets %s, want %s", name, got, want)
		}
		writes := 0
		for _, call := range d.services.made() {
			if !strings.HasPrefix(call, "GET ") {
				writes++
			}
		}
		if writes != 2 {
			t.Errorf("%s made %d writes, want two", name, writes)
		}
	}
}

func TestWhoMayWriteButNotReadGetsNoRecord(t *testing.T) {
	d := open(t)
	got := d.answer(t, caller("8", "payments:refund"), `mutation { refundPayment(id: 171) { payment {id} userErrors {code} } }`, nil)
	if want := `{"refundPayment":{"payment":null,"userErrors":[]}}`; got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
}

func TestLookUpsOfALevelGoOutTogether(t *testing.T) {
	d := open(t)
	var query strings.Builder
	for i, id := range []int{171, 172, 181, 190, 199} {
		fmt.Fprintf(&query, "p%d: payment(id: %d) { id order { id user {name} } } ", i, id)
	}
	got := d.answer(t, customer, "{ "+query.String()+"}", nil)
	const want = `{"p0":{"id":"171","order":{"id":"71","user":{"name":"Ada"}}},"p1":{"id":"172","order":{"id":"72","user":{"name":"Ada"}}},"p2":null,"p3":null,"p4":null}`
	if got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
	calls := []string{
		"GET /orders?ids=71,72,81,90,999", "GET /payments/171", "GET /payments/172", "GET /payments/181", "GET /payments/190", "GET /payments/199",
		"GET /users?ids=7",
	}
	if diff := cmp.Diff(calls, d.services.made()); diff != "" {
		t.Errorf("the calls (-want +got):\n%s", diff)
	}
}

func TestALookUpThatFailsDenies(t *testing.T) {
	d := open(t)
	d.services.down = "/orders"
	got := d.answer(t, customer, `{ payment(id: 171) {id} product(id: 1) {id} }`, nil)
	if want := `{"payment":null,"product":{"id":"1"}} | payment UPSTREAM_UNAVAILABLE`; got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
	got = d.answer(t, customer, `mutation { cancelOrder(id: 71) { order {id} } }`, nil)
	if want := `{"cancelOrder":null} | cancelOrder UPSTREAM_UNAVAILABLE`; got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
}

func TestAScopeOpensWhatIsSomebodyElses(t *testing.T) {
	d := open(t)
	got := d.answer(t, support, `{ orders {nodes {id payment {id}}} users {nodes {email}} }`, nil)
	for _, want := range []string{`"181"`, `"90"`, `ada.lovelace@example.com`} {
		if !strings.Contains(got, want) {
			t.Errorf("the answer is %s, want it to have %s", got, want)
		}
	}
}

func TestWhoAsksForListsSeesOnlyTheirOwn(t *testing.T) {
	// Somebody who may list orders, but not read others': the list is cut.
	d := open(t, change{`OrderConnection @owner(field: "userId", orScopes: [["orders:read"]])`, `OrderConnection @authenticated`})
	got := d.answer(t, customer, `{ orders(first: 3) { nodes {id} edges {cursor node {id}} pageInfo {hasNextPage hasPreviousPage} } }`, nil)
	want := `{"orders":{"nodes":[{"id":"71"},{"id":"72"}],"edges":[{"cursor":"bzow","node":{"id":"71"}},{"cursor":"bzox","node":{"id":"72"}}],"pageInfo":{"hasNextPage":true,"hasPreviousPage":false}}}`
	if got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
}

func TestAUsersKeyIsDeniedBeforeItLeaves(t *testing.T) {
	d := open(t, change{userType, `type User @owner(field: "id", orScopes: [["users:read"]]) {`})
	got := d.answer(t, caller("8", "orders:read"), `{ order(id: 71) {id user {name}} }`, nil)
	if want := `{"order":{"id":"71","user":null}}`; got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"GET /orders?ids=71"}, d.services.made()); diff != "" {
		t.Errorf("the calls (-want +got):\n%s", diff)
	}
}
