package plan_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/loaders"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

func TestMoreKeysThanACallTakesAreFurtherCalls(t *testing.T) {
	config := usual()
	config.config.User.REST.Batch.Max = 2
	config.config.Product.REST.Batch = rest.Batch{Style: rest.None, Max: 1}
	s := build(t, config)
	got := s.ask(t, support, `{ a: user(id: 7) {id} b: user(id: 8) {id} c: user(id: 9) {id} me {id} orders {nodes {items {product {id}}}} }`, nil)
	want := []string{"/orders?limit=20&offset=0", "/products/1", "/products/2", "/products/3", "/users?ids=7,8", "/users?ids=9,100"}
	if diff := cmp.Diff(want, got.Calls); diff != "" || len(got.Errors) > 0 {
		t.Errorf("the answer is %s, the calls (-want +got):\n%s", got, diff)
	}
}

func TestOfSeveralRecordsOfAKeyTheLastCounts(t *testing.T) {
	s := open(t)
	s.instead = map[string]string{
		"/users?ids=7":           `[{"id":7,"name":"Old","username":"o"},{"id":9,"name":"Not asked for"},{"id":7,"name":"New","username":"n"}]`,
		"/payments?order_ids=71": `[{"id":1,"order_id":71,"status":"failed","method":"card"},{"id":2,"order_id":71,"status":"captured","method":"paypal"}]`,
	}
	got := s.ask(t, customer, `{ me {name} order(id: 71) {payment {id status}} }`, nil)
	if want := `{"me":{"name":"New"},"order":{"payment":{"id":"2","status":"CAPTURED"}}}`; got.String() != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
}

func TestARecordThatCannotBeReadFailsWhoAskedForIt(t *testing.T) {
	s := open(t)
	s.instead = map[string]string{
		"/users?ids=7,8":              `[{"id":7,"name":"Ada","username":"ada"},{"id":8,"name":7}]`,
		"/orders?limit=20&offset=0":   `[{"id":71,"user_id":7,"status":"paid"},{"id":72,"user_id":"7"}]`,
		"/products?limit=20&offset=0": `{"id":1}`,
		"/products?ids=1":             `[{"id":1,"name":"Pen","name":"Pencil"}]`,
	}
	got := s.ask(t, support, `{ a: user(id: 7) {name} b: user(id: 8) {id} c: user(id: 8) {name} orders {nodes {id}} products {nodes {id}} product(id: 1) {id} }`, nil)
	want := `{"a":{"name":"Ada"},"b":null,"c":null,"orders":null,"products":null,"product":null} | ` +
		`b UPSTREAM_ERROR | c UPSTREAM_ERROR | orders UPSTREAM_ERROR | product UPSTREAM_ERROR | products UPSTREAM_ERROR`
	if got.String() != want {
		t.Errorf("the answer is %s\nwant %s", got, want)
	}
}

func TestAFailedCallFailsTheFieldsThatNeedIt(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*http.Request) error
		code   string
	}{
		"an error": {func(*http.Request) error { return errors.New("gone") }, "UPSTREAM_UNAVAILABLE"},
		"a panic":  {func(*http.Request) error { panic("of all things") }, "INTERNAL"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			s.before = func(r *http.Request) error {
				if strings.HasPrefix(r.URL.RequestURI(), "/orders?") || strings.HasPrefix(r.URL.RequestURI(), "/products") {
					return c.before(r)
				}
				return nil
			}
			got := s.ask(t, customer, `{ me {name orders {nodes {id}}} a: payment(id: 171) {id} b: product(id: 1) {id} products {nodes {id}} }`, nil)
			want := strings.ReplaceAll(`{"me":{"name":"Ada","orders":null},"a":null,"b":null,"products":null} | a X | b X | me.orders X | products X`, "X", c.code)
			if got.String() != want {
				t.Errorf("the answer is %s\nwant %s", got, want)
			}
		})
	}
}

func TestACallersEndEndsTheCallsAndFailsTheFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		compiled, operation := s.compiled(t, `{ a: user(id: 7) {name orders {nodes {id}}} product(id: 1) {name} __typename }`, nil)
		s.before = func(r *http.Request) error {
			if strings.HasPrefix(r.URL.Path, "/users") {
				return nil
			}
			<-r.Context().Done()
			return r.Context().Err()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		got := s.run(ctx, compiled, operation, support)
		want := `{"a":{"name":"Ada","orders":null},"product":null,"__typename":"Query"} | a.orders TIMEOUT | product TIMEOUT`
		if took := time.Since(start); got.String() != want || took != 300*time.Millisecond {
			t.Errorf("after %v the answer is %s, want %s", took, got, want)
		}
	})
}

func TestOfACallerWhoHasGoneNothingIsAsked(t *testing.T) {
	s := open(t)
	compiled, operation := s.compiled(t, `{ me {name} products {nodes {id}} }`, nil)
	s.before = func(r *http.Request) error { return r.Context().Err() }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, want := s.run(ctx, compiled, operation, customer).String(), `{"me":null,"products":null} | me CANCELLED | products CANCELLED`; got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
}

// The program has no edge to all records of a key. gqlgen's code cannot be asked about this one, which is made of another.
func TestAllRecordsOfAKeyAreAList(t *testing.T) {
	with := usual(change{`payment: Payment @from`, `payment: [Payment!] @from`})
	with.reads = func(reads *loaders.Reads) { reads.PaymentOfOrder.Many = true }
	s := build(t, with)
	s.instead = map[string]string{
		"/payments?order_ids=5,71,72,81": `[{"id":1,"order_id":71,"status":"failed"},{"id":2,"order_id":71,"status":"captured"},{"id":3,"order_id":81},{"id":4,"order_id":72}]`,
		"/orders?ids=5,71,72,81":         `[{"id":71,"user_id":7},{"id":72,"user_id":7},{"id":81,"user_id":7},{"id":5,"user_id":7}]`,
	}
	compiled, operation := s.compiled(t, `{ a: order(id: 71) {payment {id status order {id}}} b: order(id: 81) {p: payment {id}} c: order(id: 5) {payment {id}} d: order(id: 72) {payment {...{id}}} }`, nil)
	const want = `{"a":{"payment":[{"id":"1","status":"FAILED","order":{"id":"71"}},{"id":"2","status":"CAPTURED","order":{"id":"71"}}]},"b":{"p":[{"id":"3"}]},"c":{"payment":[]},"d":{"payment":[{"id":"4"}]}}`
	for range 2 {
		if got := s.run(t.Context(), compiled, operation, customer); got.String() != want {
			t.Errorf("the answer is %s\nwant %s", got, want)
		}
	}
	s.before = func(r *http.Request) error {
		if r.URL.Path == "/payments" {
			return errors.New("gone")
		}
		return nil
	}
	const failed = `{"a":{"payment":null},"b":{"p":null},"c":{"payment":null},"d":{"payment":null}} | a.payment UPSTREAM_UNAVAILABLE | b.p UPSTREAM_UNAVAILABLE | c.payment UPSTREAM_UNAVAILABLE | d.payment UPSTREAM_UNAVAILABLE`
	if got := s.run(t.Context(), compiled, operation, customer); got.String() != failed {
		t.Errorf("the answer is %s\nwant %s", got, failed)
	}
	s.before = func(r *http.Request) error {
		if r.URL.Path == "/users" {
			return errors.New("gone")
		}
		return nil
	}
	compiled, operation = s.compiled(t, `{ a: order(id: 71) {payment {order {user {id}}}} }`, nil)
	s.instead = map[string]string{"/payments?order_ids=71": `[{"id":1,"order_id":71},{"id":2,"order_id":71}]`}
	const below = `{"a":{"payment":[{"order":{"user":null}},{"order":{"user":null}}]}} | a.payment[0].order.user UPSTREAM_UNAVAILABLE | a.payment[1].order.user UPSTREAM_UNAVAILABLE`
	if got := s.run(t.Context(), compiled, operation, customer); got.String() != below {
		t.Errorf("the answer is %s\nwant %s", got, below)
	}
}
