package plan_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/resolvers"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// everything is asked for by callers who see different parts of it.
const everything = `query ($user: ID!, $order: ID!, $payment: ID!, $all: Int) {
	me {name email orders(first: 2) {nodes {id payment {cardLast4}} pageInfo {hasNextPage}}}
	user(id: $user) {id name email phone address {city} orders(first: $all) {edges {cursor node {id items {quantity product {name}}}}}}
	order(id: $order) {id total {amount currency} user {name email} items {unitPrice {amount}}}
	payment(id: $payment) {id cardLast4 order {user {name}}}
	orders(userId: $user, first: $all) {nodes {id shippingAddress {city}}}
}`

// asked are callers, with what they ask for.
func asked() map[string]struct {
	who       auth.Principal
	variables map[string]any
} {
	of := func(user, order, payment string) map[string]any {
		return map[string]any{"user": user, "order": order, "payment": payment, "all": int64(5)}
	}
	tooMany := of("7", "71", "171")
	tooMany["all"] = int64(500)
	return map[string]struct {
		who       auth.Principal
		variables map[string]any
	}{
		"nobody":              {anonymous, of("7", "71", "171")},
		"a user":              {customer, of("7", "71", "171")},
		"another":             {other, of("8", "81", "181")},
		"another's":           {other, of("7", "71", "171")},
		"what there is not":   {customer, of("9", "9", "9")},
		"support":             {support, of("8", "90", "199")},
		"what cannot be read": {support, of("x", "y", "z")},
		"too much":            {support, tooMany},
		"a machine":           {machine, of("100", "72", "172")},
	}
}

// TestNothingOfARunIsSeenByTheNext runs one plan for callers in turn. Each has the answer, the errors, the denials and the calls
// that it has by a plan that was never run.
func TestNothingOfARunIsSeenByTheNext(t *testing.T) {
	s := open(t)
	alone := make(map[string]outcome)
	for name, c := range asked() {
		alone[name] = s.ask(t, c.who, everything, c.variables)
	}
	compiled, operation := s.compiled(t, everything, asked()["a user"].variables)
	for before := range asked() {
		for after := range asked() {
			for _, name := range []string{before, after} {
				of := anew(operation)
				of.Variables = asked()[name].variables
				if got := s.run(t.Context(), compiled, of, asked()[name].who); !reflect.DeepEqual(got, alone[name]) {
					t.Fatalf("of %s, run %s after %s (-alone +in turn):\n%s", name, after, before, cmp.Diff(alone[name], got))
				}
			}
		}
	}
}

func TestOnePlanIsRunByManyAtATime(t *testing.T) {
	s := open(t)
	s.limits = nil // what they are charged goes by one after the other
	alone := make(map[string]outcome)
	for name, c := range asked() {
		alone[name] = s.ask(t, c.who, everything, c.variables)
	}
	compiled, operation := s.compiled(t, everything, asked()["a user"].variables)
	names := slices.Sorted(maps.Keys(asked()))
	var all sync.WaitGroup
	for worker := range 100 {
		all.Go(func() {
			for i := range 4 {
				name := names[(worker+i)%len(names)]
				of := anew(operation)
				of.Variables = asked()[name].variables
				got := s.run(t.Context(), compiled, of, asked()[name].who)
				got.Calls = alone[name].Calls // they are everybody's together
				if !reflect.DeepEqual(got, alone[name]) {
					t.Errorf("of %s (-alone +among others):\n%s", name, cmp.Diff(alone[name], got))
				}
			}
		})
	}
	all.Wait()
}

// A run whose answer never came leaves nothing behind either.
func TestNothingOfARunThatPanickedIsSeenByTheNext(t *testing.T) {
	panics := false
	with := usual()
	with.caller = func(ctx context.Context) (record.ID, error) {
		if panics {
			panic("of all things")
		}
		return resolvers.Caller(ctx)
	}
	s := build(t, with)
	const query = `query ($id: ID!, $of: ID!) { user(id: $id) {name} payment(id: $of) {id} orders(userId: $id) {nodes {id}} me {name} }`
	compiled, _ := s.compiled(t, query, map[string]any{"id": "7", "of": "171"})
	first := s.operation(t, query, map[string]any{"id": "7", "of": "171"})
	then := s.operation(t, query, map[string]any{"id": "8", "of": "181"})
	want := s.run(t.Context(), compiled, then, other)
	for range 20 {
		panics = true
		if got := s.run(t.Context(), compiled, first, customer); got.Data != "null" || len(got.Errors) != 1 {
			t.Fatalf("a run that panics answers %s, want null with one error", got)
		}
		panics = false
		s.made()
		if diff := cmp.Diff(want, s.run(t.Context(), compiled, then, other)); diff != "" {
			t.Fatalf("after a panic (-want +got):\n%s", diff)
		}
	}
}

// Calls that fail leave nothing behind.
func TestARunAfterAFailureAsksAgain(t *testing.T) {
	s := open(t)
	compiled, operation := s.compiled(t, `{ payment(id: 171) {id order {id user {name}}} me {orders {nodes {id}}} }`, nil)
	want := s.run(t.Context(), compiled, operation, customer)
	for _, path := range []string{"/payments", "/orders", "/users"} {
		s.before = func(r *http.Request) error {
			if strings.HasPrefix(r.URL.Path, path) {
				return errors.New("gone")
			}
			return nil
		}
		if got := s.run(t.Context(), compiled, operation, customer); len(got.Errors) == 0 {
			t.Errorf("while %s is gone the answer is %s", path, got)
		}
		s.before = nil
		if diff := cmp.Diff(want, s.run(t.Context(), compiled, operation, customer)); diff != "" {
			t.Errorf("after %s was gone (-want +got):\n%s", path, diff)
		}
	}
}

// A run that was very large is not kept, and its answer is whole.
func TestALargeAnswerIsWhole(t *testing.T) {
	s := open(t)
	const users, lines = 100, 120
	var list, ids strings.Builder
	for id := 1; id <= users; id++ {
		fmt.Fprintf(&list, `,{"id":%d,"user_id":%[1]d,"status":"paid","items":[%s]}`, id, strings.Repeat(`,{"product_id":1,"quantity":1}`, lines)[1:])
		fmt.Fprintf(&ids, `,{"items":[%s]}`, strings.Repeat(`,{"quantity":1,"product":{"name":"Pen"}}`, lines)[1:])
	}
	s.instead = map[string]string{"/orders?limit=100&offset=0": "[" + list.String()[1:] + "]"}
	want := `{"orders":{"nodes":[` + ids.String()[1:] + `]}}`
	if got := s.ask(t, support, `{ orders(first: 100) {nodes {items {quantity product {name}}}} }`, nil); got.Data != want {
		t.Errorf("the answer has %d bytes, want %d", len(got.Data), len(want))
	}
}

// A service that gives more of lists than was asked for takes room in a run, though nothing of it is shown.
func TestRecordsBehindTheirPartsCountForTheRoomOfARun(t *testing.T) {
	s := open(t)
	compiled, operation := s.compiled(t, `{ a: orders(userId: 7, first: 1) {nodes {id}} b: orders(userId: 8, first: 1) {nodes {id}} }`, nil)
	ctx, _ := s.begin(t.Context(), support)
	room := func(records int) int {
		list := "[" + strings.Repeat(`{"id":71,"user_id":7},`, records-1) + `{"id":81,"user_id":8}]`
		s.instead = map[string]string{"/orders?limit_each=1&user_ids=7,8": list}
		return s.planner.Room(graphql.WithOperationContext(ctx, operation), compiled)
	}
	if few, many := room(2), room(1000); many-few < 900 {
		t.Errorf("2 records take room for %d, and 1000 for %d", few, many)
	}
}
