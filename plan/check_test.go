package plan_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
)

// TestEachKindOfRuleIsObeyed asks as callers of all kinds. ask compares what is shown, counted and called with what gqlgen and
// policy.Enforcer make of the same.
func TestEachKindOfRuleIsObeyed(t *testing.T) {
	s := open(t)
	for name, c := range map[string]struct {
		who    auth.Principal
		query  string
		want   string
		denied []string
		calls  []string
	}{
		"nobody sees what is public": {
			anonymous, `{ product(id: 1) {name} products(first: 1) {nodes {id}} }`,
			`{"product":{"name":"Pen"},"products":{"nodes":[{"id":"1"}]}}`, nil,
			[]string{"/products?ids=1", "/products?limit=1&offset=0"},
		},
		"nobody sees nothing else": {
			anonymous, `{ me {id} user(id: 7) {id} users {nodes {id}} order(id: 71) {id} orders(userId: 7) {nodes {id}} payment(id: 171) {id} }`,
			`{"me":null,"user":null,"users":null,"order":null,"orders":null,"payment":null} | me UNAUTHENTICATED | order UNAUTHENTICATED | orders UNAUTHENTICATED | payment UNAUTHENTICATED | user UNAUTHENTICATED | users UNAUTHENTICATED`,
			[]string{"Order @owner unauthenticated 1", "Payment @owner unauthenticated 1", "Query.orders @owner unauthenticated 1", "Query.users @requiresScopes unauthenticated 1", "User @authenticated unauthenticated 2"},
			nil,
		},
		"without a scope": {
			customer, `{ users {nodes {id}} orders {nodes {id}} }`, `{"users":null,"orders":null} | orders FORBIDDEN | users FORBIDDEN`,
			[]string{"Query.orders @owner forbidden 1", "Query.users @requiresScopes forbidden 1"},
			nil,
		},
		"with one": {
			caller("7", "users:read"), `{ users {nodes {id role email}} }`,
			`{"users":{"nodes":[{"id":"7","role":"CUSTOMER","email":"ada.lovelace@example.com"},{"id":"8","role":"UNKNOWN","email":null},{"id":"100","role":"SUPPORT","email":null}]}} | users.nodes[1].email FORBIDDEN | users.nodes[2].email FORBIDDEN`,
			[]string{"User.email @sensitive forbidden 2"},
			[]string{"/users?limit=20&offset=0"},
		},
		"one's own by an argument": {
			customer, `{ a: orders(userId: 7) {nodes {id}} b: orders(userId: 8) {nodes {id}} }`,
			`{"a":{"nodes":[{"id":"71"},{"id":"72"}]},"b":null} | b FORBIDDEN`,
			[]string{"Query.orders @owner forbidden 1"},
			[]string{"/orders?limit_each=20&user_ids=7"},
		},
		"fields of one's own record and of another's": {
			customer, `{ me {...f} user(id: 8) {...f} } fragment f on User {name phone role address {city} orders(first: 1) {nodes {id}}}`,
			`{"me":{"name":"Ada","phone":"+441234567890","role":"CUSTOMER","address":{"city":"London"},"orders":{"nodes":[{"id":"71"}]}},"user":{"name":"Böb \"</x>\" 😀","phone":null,"role":null,"address":null,"orders":null}} | user.address FORBIDDEN | user.orders FORBIDDEN | user.phone FORBIDDEN | user.role FORBIDDEN`,
			[]string{"User.address @sensitive forbidden 1", "User.orders @owner forbidden 1", "User.phone @sensitive forbidden 1", "User.role @owner forbidden 1"},
			[]string{"/orders?limit_each=1&user_ids=7", "/users?ids=7,8"},
		},
		"another's record looks as if there were none": {
			customer, `{ mine: order(id: 71) {id} theirs: order(id: 81) {id user {name}} none: order(id: 5) {id} nobodys: order(id: 90) {id} }`,
			`{"mine":{"id":"71"},"theirs":null,"none":null,"nobodys":null}`,
			[]string{"Order @owner not_owner 2"},
			[]string{"/orders?ids=5,71,81,90"},
		},
		"so it does where another record says whose it is": {
			customer, `{ mine: payment(id: 171) {id cardLast4} theirs: payment(id: 181) {order {id}} nobodys: payment(id: 190) {id} lost: payment(id: 199) {id} none: payment(id: 5) {id} }`,
			`{"mine":{"id":"171","cardLast4":"4242"},"theirs":null,"nobodys":null,"lost":null,"none":null}`,
			[]string{"Payment @owner not_owner 3"},
			[]string{"/orders?ids=71,81,90,999", "/payments/171", "/payments/181", "/payments/190", "/payments/199", "/payments/5"},
		},
		"a record is one's own behind all edges": {
			customer, `{ payment(id: 171) {order {user {email orders(first: 1) {nodes {payment {id order {shippingAddress {city}}}}}}}} }`,
			`{"payment":{"order":{"user":{"email":"ada.lovelace@example.com","orders":{"nodes":[{"payment":{"id":"171","order":{"shippingAddress":{"city":"London"}}}}]}}}}}`, nil,
			[]string{"/orders?ids=71", "/orders?limit_each=1&user_ids=7", "/payments/171", "/payments?order_ids=71", "/users?ids=7"},
		},
		"a scope less than the record needs below": {
			caller("100", "orders:read"), `{ order(id: 71) {payment {id} shippingAddress {city} user {name email}} payment(id: 171) {id} }`,
			`{"order":{"payment":null,"shippingAddress":null,"user":{"name":"Ada","email":null}},"payment":null} | order.payment FORBIDDEN | order.shippingAddress FORBIDDEN | order.user.email FORBIDDEN`,
			[]string{"Order.payment @owner forbidden 1", "Order.shippingAddress @sensitive forbidden 1", "Payment @owner not_owner 1", "User.email @sensitive forbidden 1"},
			[]string{"/orders?ids=71", "/payments/171", "/users?ids=7"},
		},
		"a machine has no record of its own": {
			caller("billing"), `{ me {id} order(id: 71) {id} orders(userId: 7) {nodes {id}} user(id: 7) {name phone} payment(id: 171) {id} }`,
			`{"me":null,"order":null,"orders":null,"user":{"name":"Ada","phone":null},"payment":null} | me FORBIDDEN | order FORBIDDEN | orders FORBIDDEN | payment FORBIDDEN | user.phone FORBIDDEN`,
			[]string{"Order @owner forbidden 1", "Payment @owner forbidden 1", "Query.orders @owner forbidden 1", "User.phone @sensitive forbidden 1"},
			[]string{"/users?ids=7"},
		},
		"a machine with scopes sees everybody's": {
			machine, `{ order(id: 81) {user {phone email}} payment(id: 181) {order {id}} }`,
			`{"order":{"user":{"phone":null,"email":"b@x.de"}},"payment":{"order":{"id":"81"}}}`, nil,
			[]string{"/orders?ids=81", "/payments/181", "/users?ids=8"},
		},
		"a name that looks like a user's is no user's": {
			caller("07"), `{ order(id: 71) {id} me {id} }`, `{"order":null,"me":null} | me FORBIDDEN | order FORBIDDEN`,
			[]string{"Order @owner forbidden 1"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := s.ask(t, c.who, c.query, nil)
			if got.String() != c.want {
				t.Errorf("the answer is %s\nwant %s", got, c.want)
			}
			if diff := cmp.Diff(c.denied, got.Denied); diff != "" {
				t.Errorf("denials (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.calls, got.Calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// A page without some of its records keeps the places of the others: nothing tells how many there are.
func TestRecordsOfOthersAreLeftOutOfPages(t *testing.T) {
	const page = `{nodes {id} edges {cursor node {id}} pageInfo {hasNextPage startCursor endCursor}}`
	for name, c := range map[string]struct {
		changes []change
		who     auth.Principal
		query   string
		want    string
		denied  []string
	}{
		"by what the record says": {
			[]change{{`): OrderConnection @owner(field: "userId", orScopes: [["orders:read"]])`, `): OrderConnection @authenticated`}},
			other, `{ orders(first: 3) ` + page + ` }`,
			`{"orders":{"nodes":[{"id":"81"}],"edges":[{"cursor":"bzoy","node":{"id":"81"}}],"pageInfo":{"hasNextPage":true,"startCursor":"bzow","endCursor":"bzoy"}}}`,
			[]string{"Order @owner not_owner 1"},
		},
		"all of them": {
			[]change{{`): OrderConnection @owner(field: "userId", orScopes: [["orders:read"]])`, `): OrderConnection @authenticated`}},
			caller("9"), `{ orders(first: 2) ` + page + ` }`,
			`{"orders":{"nodes":[],"edges":[],"pageInfo":{"hasNextPage":true,"startCursor":"bzow","endCursor":"bzox"}}}`,
			[]string{"Order @owner not_owner 1"},
		},
		"by what another record says": {
			[]change{
				{`): OrderConnection @owner(field: "userId", orScopes: [["orders:read"]])`, `): OrderConnection @authenticated`},
				{`type Order @owner(field: "user", orScopes: [["orders:read"]]) {`, `type Order @owner(field: "user.id") {`},
			},
			customer, `{ orders(first: 3, after: "bzow") ` + page + ` }`,
			`{"orders":{"nodes":[{"id":"72"}],"edges":[{"cursor":"bzox","node":{"id":"72"}}],"pageInfo":{"hasNextPage":false,"startCursor":"bzox","endCursor":"bzoz"}}}`,
			[]string{"Order @owner not_owner 1"},
		},
		"users but oneself": {
			[]change{
				{`): UserConnection @requiresScopes(scopes: [["users:read"]])`, `): UserConnection`},
				{`type User @authenticated {`, `type User @owner(field: "id", orScopes: [["users:read"]]) {`},
			},
			other, `{ users {nodes {id name} edges {cursor}} }`,
			`{"users":{"nodes":[{"id":"8","name":"Böb \"</x>\" 😀"}],"edges":[{"cursor":"bzox"}]}}`,
			[]string{"User @owner not_owner 1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, c.changes...)
			got := s.ask(t, c.who, c.query, nil)
			if got.String() != c.want || !slices.Equal(got.Denied, c.denied) {
				t.Errorf("the answer is %s\nwant %s\nand denied was %q", got, c.want, got.Denied)
			}
		})
	}
}

// Whoever may not see a user is not told by a call that there is one.
func TestAKeyThatIsSomebodyElsesNeverLeaves(t *testing.T) {
	s := open(t, change{`type User @authenticated {`, `type User @owner(field: "id", orScopes: [["users:read"]]) {`})
	got := s.ask(t, caller("100", "orders:read"), `{ a: order(id: 71) {user {name}} b: order(id: 81) {id user {name}} user(id: 7) {name} me {name} }`, nil)
	if want := `{"a":{"user":null},"b":{"id":"81","user":null},"user":null,"me":{"name":"Eve"}}`; got.String() != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"/orders?ids=71,81", "/users?ids=7,100"}, got.Calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"User @owner not_owner 3"}, got.Denied); diff != "" {
		t.Errorf("denials (-want +got):\n%s", diff)
	}
}

// A record whose owner cannot be found out is nobody's, and that is an error: there may be one.
func TestARecordWhoseOwnerCannotBeFoundOutFails(t *testing.T) {
	s := open(t)
	s.before = func(r *http.Request) error {
		if strings.HasPrefix(r.URL.Path, "/orders") {
			return errors.New("gone")
		}
		return nil
	}
	got := s.ask(t, customer, `{ payment(id: 171) {id} me {id} }`, nil)
	if want := `{"payment":null,"me":{"id":"7"}} | payment UPSTREAM_UNAVAILABLE`; got.String() != want || got.Denied != nil {
		t.Errorf("the answer is %s, want %s, and denied was %q", got, want, got.Denied)
	}
}

func TestSeveralRulesAreAskedOneAfterTheOther(t *testing.T) {
	s := open(t,
		change{`type Payment @owner(field: "order.user", orScopes: [["payments:read"]]) {`, `type Payment @owner(field: "order.user.id") @requiresScopes(scopes: [["shop"]]) @owner(field: "order.user", orScopes: [["payments:read"]]) {`})
	for name, c := range map[string]struct {
		who  auth.Principal
		want string
	}{
		"without the scope":   {customer, `{"a":null,"b":null} | a FORBIDDEN | b FORBIDDEN`},
		"with the scope":      {caller("7", "shop"), `{"a":{"id":"171"},"b":null}`},
		"with another's":      {caller("100", "shop", "payments:read"), `{"a":null,"b":null}`},
		"with all but a name": {caller("billing", "shop", "payments:read"), `{"a":null,"b":null} | a FORBIDDEN | b FORBIDDEN`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := s.ask(t, c.who, `{ a: payment(id: 171) {id} b: payment(id: 181) {id} }`, nil); got.String() != c.want {
				t.Errorf("the answer is %s, want %s", got, c.want)
			}
		})
	}
}
