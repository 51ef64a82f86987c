package plan_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/plan"
)

// TestPlansTakeNoMoreMemoryThanIsSaid compiles all plans that are kept of documents within the default limits. What a document
// weighs in the cache is told by plan.Size.
func TestPlansTakeNoMoreMemoryThanIsSaid(t *testing.T) {
	s := open(t)
	for name, text := range map[string]string{
		"nothing":    "{__typename}",
		"one field":  "{me{id}}",
		"one record": "{payment(id:1){id}}",
		"one list":   "{orders{__typename}}",
		"one of all": "{me{orders{nodes{items{product{id}}payment{id}}}}}",
		"headline":   headline,
		"fields":     "{me{" + numbered(50, "a%d:email ") + "}}",
		"edges":      "{" + numbered(20, "a%d:payment(id:%[1]d){order{user{id}}} ") + "}",
		"records":    "{" + numbered(20, "a%d:payment(id:%[1]d){order{payment{id}}} ") + "}",
		"pages":      "{" + numbered(20, "a%d:orders{edges{node{id}}} ") + "}",
		"aliases":    "{me{" + numbered(20, "a%d:orders{nodes{id}} ") + "}}",
		"parts":      "{me{" + numbered(40, "a%d:address{zip} ") + "}}",
		"deep":       "{me{id" + strings.Repeat(" orders{nodes{user{id", 4) + strings.Repeat("}}}", 4) + "}}",
		"money":      "{product(id:1){" + numbered(40, "a%d:price{amount} ") + "}}",
		"a fragment": "{" + numbered(20, "a%d:me{...f} ") + "}fragment f on User{" + strings.Join(userFields, " ") + "}",
		"fragments":  "{me{...f0}}" + doubling(4),
		"conditions": conditional(3),
		"operations": numbered(20, "query q%d{me{id orders{nodes{id}}}} "),
	} {
		t.Run(name, func(t *testing.T) {
			doc := s.valid(t, text)
			const copies = 50
			kept := make([]*plan.Plans, copies)
			before := heap()
			for i := range kept {
				kept[i] = s.planner.NewPlans()
				for _, operation := range doc.Operations {
					for number := range 1 << len(operation.VariableDefinitions) {
						of := &graphql.OperationContext{
							Doc: doc, Operation: operation, Variables: switched(len(operation.VariableDefinitions), number),
						}
						if _, err := kept[i].Of(of); err != nil {
							t.Fatal(err)
						}
						kept[i].Reckoning(of, sizes)
					}
				}
			}
			got, want := (heap()-before)/copies, plan.Size(doc, nodes(doc))
			if got > want {
				t.Errorf("the plans take %d bytes, and %d are said", got, want)
			}
			runtime.KeepAlive(kept)
		})
	}
}

var userFields = []string{"id", "name", "username", "email", "phone", "role", "status", "createdAt", "updatedAt"}

// doubling are fragments of which each spreads the next one twice.
func doubling(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "fragment f%d on User{a:orders{nodes{user{...f%d}}}b:orders{nodes{user{...f%[2]d}}}}", i, i+1)
	}
	fmt.Fprintf(&text, "fragment f%d on User{id}", n)
	return text.String()
}

// valid is a document that was found valid.
func (s *site) valid(t *testing.T, text string) *ast.QueryDocument {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	if err := document.DefaultLimits().Check(doc); err != nil {
		t.Fatal(err)
	}
	if err := validator.ValidateWithRules(s.schema, doc, document.Rules()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// nodes are what a document runs: those of a fragment count each time that it is spread.
func nodes(doc *ast.QueryDocument) (n int) {
	for _, operation := range doc.Operations {
		n += 1 + len(operation.VariableDefinitions) + selected(doc, operation.SelectionSet)
	}
	for _, fragment := range doc.Fragments {
		n += 1 + selected(doc, fragment.SelectionSet)
	}
	return n
}

func selected(doc *ast.QueryDocument, set ast.SelectionSet) (n int) {
	for _, each := range set {
		n++
		switch each := each.(type) {
		case *ast.Field:
			n += len(each.Arguments) + 2*len(each.Directives) + selected(doc, each.SelectionSet)
		case *ast.InlineFragment:
			n += 2*len(each.Directives) + selected(doc, each.SelectionSet)
		case *ast.FragmentSpread:
			n += 2*len(each.Directives) + selected(doc, doc.Fragments.ForName(each.Name).SelectionSet)
		}
	}
	return n
}

func heap() int {
	runtime.GC()
	runtime.GC() // what pools have is gone after the second
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}
