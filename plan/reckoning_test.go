package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/plan"
)

// amountsOf is a line for each service: the most of calls, keys and records.
func amountsOf(services []plan.Demand) (lines []string) {
	for _, d := range services {
		lines = append(lines, fmt.Sprintf("%s: %d %d %d", d.Service, d.Calls, d.Keys, d.Records))
	}
	return lines
}

func TestWhatAnOperationAsksForDependsOnItsVariables(t *testing.T) {
	s := open(t)
	const page = `query($n: Int, $c: String) { users(first: $n) { nodes { orders(first: $n, after: $c) { nodes { id } } } } }`
	for _, c := range []struct {
		query     string
		variables map[string]any
		want      []string
	}{
		{page, map[string]any{"n": 3}, []string{"order: 1 3 9", "user: 1 1 3"}},
		{page, map[string]any{"n": 3, "c": "bzo0"}, []string{"order: 3 3 9", "user: 1 1 3"}},
		{page, map[string]any{"n": 0}, nil},
		{page, map[string]any{"n": nil, "c": nil}, []string{"order: 1 20 400", "user: 1 1 20"}},
		{page, map[string]any{"n": 500}, []string{"order: 1 100 10000", "user: 1 1 100"}},
		{`query($n: Int = 7) { orders(first: $n) { nodes { id } pageInfo { hasNextPage } } }`, nil, []string{"order: 1 1 8"}},
		{`query($n: Int = 7) { orders(first: $n) { nodes { id } pageInfo { hasNextPage } } }`, map[string]any{"n": 0}, []string{"order: 1 1 1"}},
		{`query($no: Boolean = false) { me { id } product(id: 1) @include(if: $no) { id } }`, nil, []string{"user: 1 1 1"}},
		{`{ __schema { description } __typename }`, nil, nil},
		{`{ me { id } __schema { description } }`, nil, []string{"user: 1 1 1"}},
		{headline, nil, []string{"order: 1 1 20", "payment: 1 20 20", "product: 10 1000 1000", "user: 1 20 20"}},
	} {
		operation := s.operation(t, c.query, c.variables)
		reckoned := s.planner.Reckon(operation, sizes)
		got := reckoned.Services(operation.Variables)
		if diff := cmp.Diff(c.want, amountsOf(got)); diff != "" {
			t.Errorf("%s with %v (-want +got):\n%s", c.query, c.variables, diff)
		}
		calls, keys := reckoned.Most(operation.Variables)
		for _, d := range got {
			calls, keys = calls-d.Calls, keys-d.Keys
		}
		if calls != 0 || keys != 0 {
			t.Errorf("%s: the sum differs by %d calls and %d keys", c.query, calls, keys)
		}
	}
}

func TestWhatAMutationAsksForIsItsWritesAndWhatIsReadAroundThem(t *testing.T) {
	s := open(t)
	for query, want := range map[string][]string{
		// Whose the order is has to be known before.
		`mutation { cancelOrder(id: 5) { order { id } } }`: {"order: 2 2 2"},
		`mutation { cancelOrder(id: 5) { order { user { name } items { product { name } } } userErrors { code } } }`: {
			"order: 2 2 2", "product: 1 50 50", "user: 1 1 1",
		},
		// Each write forgets what was read before it.
		`mutation { a: cancelOrder(id: 5) { order { user { name } } } b: cancelOrder(id: 5) { order { user { name } } } }`: {
			"order: 4 4 4", "user: 2 2 2",
		},
		`mutation { updateProfile(input: {name: "x"}) { user { orders(first: 3) { nodes { id } } } } }`: {"order: 1 1 3", "user: 1 1 1"},
		// Whose a payment is, its order says.
		`mutation { refundPayment(id: 5) { payment { id } } }`: {"order: 1 1 1", "payment: 1 1 1"},
		`mutation { __typename }`:                              nil,
	} {
		operation := s.operation(t, query, nil)
		got := amountsOf(s.planner.Reckon(operation, sizes).Services(operation.Variables))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

// Where nobody can read what a resolver does, each object that it runs for counts as a call.
func TestAResolverThatIsNotUnderstoodCountsForEachObject(t *testing.T) {
	const load = "return loaders.For(ctx).User.Load(ctx, o.UserID)"
	with := usual()
	with.source = rewritten(t, "order.go", change{load, "id := o.UserID\n\treturn loaders.For(ctx).User.Load(ctx, id)"})
	s := build(t, with)
	operation := s.operation(t, `{ orders(first: 3) { nodes { user { name orders(first: 2) { nodes { id } } } payment { id } } } }`, nil)
	if _, err := s.planner.Compile(operation); err == nil {
		t.Fatal("it is planned")
	}
	// The orders of the users may be asked for before or after the payments' owners are known.
	want := []string{"order: 3 4 9", "payment: 1 3 3", "user: 3 3 3"}
	if diff := cmp.Diff(want, amountsOf(s.planner.Reckon(operation, sizes).Services(nil))); diff != "" {
		t.Errorf("it asks for (-want +got):\n%s", diff)
	}
	with.source = rewritten(t, "order.go", change{load, "return somewhere(ctx, o.UserID)"})
	s = build(t, with)
	got := amountsOf(s.planner.Reckon(s.operation(t, `{ orders(first: 3) { edges { node { user { name } } } } }`, nil), sizes).Services(nil))
	if diff := cmp.Diff([]string{": 3 3 3", "order: 1 1 3"}, got); diff != "" {
		t.Errorf("it asks for (-want +got):\n%s", diff)
	}
}

func TestTheObjectsOfAnAnswerAreCounted(t *testing.T) {
	p := perform(t, support, headline, 0)
	_, counts, _ := p.planner.RunCounted(p.fresh(), p.plan, nil, nil)
	got := make(map[string]int)
	for i, path := range p.plan.Places() {
		got[strings.Join(path, ".")] = counts[i]
	}
	want := map[string]int{
		"orders": 1, "orders.nodes": 20, "orders.nodes.user": 20, "orders.nodes.items": 60, "orders.nodes.items.product": 60,
		"orders.nodes.payment": 20,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("it has (-want +got):\n%s", diff)
	}
	operation := p.operation(t, `{ a: orders(first: 20) { e: edges { cursor n: node { id } } edges { cursor } pageInfo { endCursor } } }`, nil)
	compiled, err := p.planner.Compile(operation)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(compiled.Places()), "[[a] [a e] [a e n] [a edges]]"; got != want {
		t.Errorf("its places are %s, want %s", got, want)
	}
}

func BenchmarkReckoning(b *testing.B) {
	s := open(b)
	operation := s.operation(b, strings.Replace(strings.Replace(headline, "first: 20", "first: $n", 1), "(", "($n: Int = 20, ", 1), nil)
	reckoned := s.planner.Reckon(operation, sizes)
	b.Run("headline", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			reckoned.Most(operation.Variables)
		}
	})
	b.Run("made", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.planner.Reckon(anew(operation), sizes)
		}
	})
}
