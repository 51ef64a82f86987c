package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/concierge-gateway/concierge/plan"
)

// conditional is a query of which n variables decide n fields.
func conditional(n int) string {
	return "query(" + numbered(n, "$v%d:Boolean! ") + "){me{id " + numbered(n, "a%d:id@include(if:$v%[1]d) ") + "}}"
}

// switched are n variables that say a number in binary.
func switched(n, number int) map[string]any {
	variables := make(map[string]any, n)
	for i := range n {
		variables[fmt.Sprintf("v%d", i)] = number>>i&1 == 1
	}
	return variables
}

func TestAnOperationIsCompiledOnceForEachCombinationOfItsConditions(t *testing.T) {
	s := open(t)
	const n, kept = 5, 8 // more are compiled each time
	first := s.operation(t, conditional(n), switched(n, 0))
	plans := s.planner.NewPlans()
	known := make(map[int]*plan.Plan)
	for number := range 1 << n {
		of := anew(first)
		of.Variables = switched(n, number)
		compiled, err := plans.Of(of)
		if err != nil {
			t.Fatal(err)
		}
		known[number] = compiled
		want := []string{`"id":"7"`}
		for i := range n {
			if number>>i&1 == 1 {
				want = append(want, fmt.Sprintf(`"a%d":"7"`, i))
			}
		}
		if got := s.run(t.Context(), compiled, of, customer).Data; got != `{"me":{`+strings.Join(want, ",")+`}}` {
			t.Errorf("of the combination %05b the answer is %s, want %v", number, got, want)
		}
	}
	again := 0
	for number, compiled := range known {
		of := anew(first)
		of.Variables = switched(n, number)
		if same, err := plans.Of(of); err == nil && same == compiled {
			again++
		}
	}
	if different := slices.Compact(slices.SortedFunc(maps.Values(known), byAddress)); len(different) != 1<<n || again != kept {
		t.Errorf("%d combinations have %d plans, of which %d were kept, want %d", 1<<n, len(different), again, kept)
	}
}

func byAddress(a, b *plan.Plan) int {
	return strings.Compare(fmt.Sprintf("%p", a), fmt.Sprintf("%p", b))
}

func TestVariablesThatDecideNothingHaveOnePlan(t *testing.T) {
	s := open(t)
	plans := s.planner.NewPlans()
	const query = `query ($id: ID!, $yes: Boolean!) { user(id: $id) {...f} } fragment f on User {id name @include(if: $yes)}`
	seven := s.operation(t, query, map[string]any{"id": "7", "yes": true})
	eight := anew(seven)
	eight.Variables = map[string]any{"id": "8", "yes": true}
	none := anew(seven)
	none.Variables = map[string]any{"id": "8", "yes": false}
	a, errA := plans.Of(seven)
	b, errB := plans.Of(eight)
	c, errC := plans.Of(none)
	if a != b || a == c || errA != nil || errB != nil || errC != nil {
		t.Errorf("the plans are %p, %p and %p, want the same for another id, and another for a condition in the fragment", a, b, c)
	}
}

func TestEachOperationOfADocumentHasItsPlans(t *testing.T) {
	s := open(t)
	plans := s.planner.NewPlans()
	one := s.operation(t, `{ me {id} }`, nil)
	doc := s.operation(t, `{ me {id} }`, nil).Doc
	doc.Operations = append(doc.Operations, s.operation(t, `{ me {name} }`, nil).Operation)
	for i, want := range []string{`{"me":{"id":"7"}}`, `{"me":{"name":"Ada"}}`} {
		of := anew(one)
		of.Doc, of.Operation = doc, doc.Operations[i]
		compiled, err := plans.Of(of)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.run(t.Context(), compiled, of, customer).Data; got != want {
			t.Errorf("operation %d answers %s, want %s", i, got, want)
		}
	}
}

func TestThatThereIsNoPlanIsKeptToo(t *testing.T) {
	s := open(t)
	plans := s.planner.NewPlans()
	of := s.operation(t, `{ __schema {types {name}} }`, nil)
	_, first := plans.Of(of)
	_, again := plans.Of(of)
	if first == nil || first != again { //nolint:errorlint // it is the same one
		t.Errorf("the errors are %v and %v, want one", first, again)
	}
}

func TestPlansAreSafeForConcurrentUse(t *testing.T) {
	s := open(t)
	const n = 4
	plans, first := s.planner.NewPlans(), s.operation(t, conditional(n), switched(n, 0))
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			for i := range 40 {
				of := anew(first)
				of.Variables = switched(n, (i+worker)%(1<<n))
				if compiled, err := plans.Of(of); err != nil || compiled == nil {
					t.Errorf("there is no plan: %v", err)
				}
			}
		})
	}
	all.Wait()
}
