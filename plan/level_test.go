package plan_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
)

// levels are the calls of a query, by the level that they go out with. Each call takes a second of a clock that is not the
// wall's.
func levels(t *testing.T, who auth.Principal, query string) (made [][]string, answered outcome) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		compiled, operation := s.compiled(t, query, nil)
		var mu sync.Mutex
		start := time.Now()
		s.before = func(r *http.Request) error {
			mu.Lock()
			level := int(time.Since(start) / time.Second)
			for len(made) <= level {
				made = append(made, nil)
			}
			made[level] = append(made[level], r.URL.RequestURI())
			mu.Unlock()
			time.Sleep(time.Second)
			return nil
		}
		answered = s.run(t.Context(), compiled, operation, who)
		if got := time.Since(start); got != time.Duration(len(made))*time.Second {
			t.Errorf("%s\ntakes %v, and has %d levels", query, got, len(made))
		}
	})
	for _, each := range made {
		slices.Sort(each)
	}
	return made, answered
}

func TestALevelMakesOneCallToEachService(t *testing.T) {
	for name, c := range map[string]struct {
		query string
		want  [][]string
	}{
		"keys that are found in many ways go together": {
			`{ orders {nodes {user {name} buyer: user {id} items {product {name} ware: product {id}}} edges {node {user {role}}}} user(id: 100) {id} }`,
			[][]string{{"/orders?limit=20&offset=0", "/users?ids=100"}, {"/products?ids=1,2,3", "/users?ids=0,7,8"}},
		},
		"aliases and fragments of one key": {
			`{ a: user(id: 7) {id} b: user(id: 7) {...f} c: user(id: 8) {...f} me {id} } fragment f on User {name}`,
			[][]string{{"/users?ids=7,8,100"}},
		},
		"what is known is not asked again": {
			`{ payment(id: 171) {order {payment {order {user {id}}}}} }`,
			[][]string{{"/payments/171"}, {"/orders?ids=71"}, {"/payments?order_ids=71"}, {"/users?ids=7"}},
		},
		"a record that there is not neither": {
			`{ product(id: 3) {name} orders {nodes {items {product {name}}}} }`,
			[][]string{{"/orders?limit=20&offset=0", "/products?ids=3"}, {"/products?ids=1,2"}},
		},
		"records of a list answer by their ids": {
			`{ users {nodes {orders {nodes {user {name} payment {order {status}}}}}} }`,
			[][]string{{"/users?limit=20&offset=0"}, {"/orders?limit_each=20&user_ids=7,8,100"}, {"/payments?order_ids=71,72,81"}},
		},
		"records of a list that was read at the same time too": {
			`{ order(id: 71) {id} orders {nodes {id}} }`,
			[][]string{{"/orders?ids=71", "/orders?limit=20&offset=0"}},
		},
		"the longest part of a user's orders is cut": {
			`{ me {orders(first: 1) {nodes {id}}} user(id: 8) {orders(first: 5) {nodes {id}}} orders(userId: 7, first: 2) {nodes {id}} }`,
			[][]string{{"/orders?limit_each=2&user_ids=7", "/users?ids=8,100"}, {"/orders?limit_each=5&user_ids=8,100"}},
		},
		"later parts are calls of their own, at the same time": {
			`{ a: orders(userId: 7, after: "bzow") {nodes {id}} b: orders(userId: 8) {nodes {id}} c: orders(first: 1) {nodes {id}} products(category: "desk") {nodes {id}} }`,
			[][]string{{"/orders?limit=1&offset=0", "/orders?limit=20&offset=1&user_id=7", "/orders?limit_each=20&user_ids=8", "/products?category=desk&limit=20&offset=0"}},
		},
		"lists that are the same are one": {
			`{ a: products {nodes {id}} b: products(first: 20) {edges {cursor}} c: products(category: null) {nodes {name}} }`,
			[][]string{{"/products?limit=20&offset=0"}},
		},
		"a page that must know whether there is more asks for one more": {
			`{ a: orders(first: 3) {nodes {id} pageInfo {endCursor}} b: orders(first: 3) {nodes {id} pageInfo {more: hasNextPage}} }`,
			[][]string{{"/orders?limit=3&offset=0", "/orders?limit=4&offset=0"}},
		},
		"a page of nothing asks nothing": {
			`{ orders(first: 0) {nodes {id} edges {cursor} pageInfo {endCursor}} }`, nil,
		},
		"but it must know whether there is more": {
			`{ orders(first: 0) {nodes {id} pageInfo {hasNextPage}} }`, [][]string{{"/orders?limit=1&offset=0"}},
		},
		"nothing needs a call": {`{ __typename }`, nil},
		"records that say whose others are go with the level": {
			`{ payment(id: 181) {id} order(id: 71) {user {name}} }`, [][]string{{"/orders?ids=71", "/payments/181"}, {"/users?ids=7"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, answered := levels(t, support, c.query)
			if diff := cmp.Diff(c.want, got); diff != "" || len(answered.Errors) > 0 {
				t.Errorf("%s\nis answered %s\nthe calls, by level (-want +got):\n%s", c.query, answered, diff)
			}
		})
	}
}

// To a user, a payment is there once its order said whose it is: one level more, which other keys share.
func TestWhatSaysWhoseARecordIsGoesWithALevel(t *testing.T) {
	got, answered := levels(t, customer, `{ payment(id: 171) {id order {user {id}}} theirs: payment(id: 181) {order {user {name}}} user(id: 8) {name} }`)
	want := [][]string{{"/payments/171", "/payments/181", "/users?ids=8"}, {"/orders?ids=71,81"}, {"/users?ids=7"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the answer is %s, the calls, by level (-want +got):\n%s", answered, diff)
	}
}

func TestTheCallsOfALevelAreUnderWayTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		compiled, operation := s.compiled(t, `{ me {name} order(id: 71) {id} orders {nodes {id}} product(id: 1) {name} payment(id: 171) {id} }`, nil)
		gate, done := make(chan struct{}), make(chan outcome)
		s.before = func(*http.Request) error {
			<-gate
			return nil
		}
		go func() { done <- s.run(t.Context(), compiled, operation, support) }()
		synctest.Wait()
		want := []string{"/orders?ids=71", "/orders?limit=20&offset=0", "/payments/171", "/products?ids=1", "/users?ids=100"}
		if diff := cmp.Diff(want, s.made()); diff != "" {
			t.Errorf("before any returned, under way are (-want +got):\n%s", diff)
		}
		close(gate)
		if got := <-done; len(got.Errors) > 0 {
			t.Errorf("the answer is %s", got)
		}
	})
}
