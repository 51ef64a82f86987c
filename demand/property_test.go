package demand_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/demand"
)

// served reads the schema that the gateway serves.
func served(t testing.TB) *ast.Schema {
	t.Helper()
	names, err := filepath.Glob("../schema/*.graphql")
	if err != nil || len(names) == 0 {
		t.Fatalf("the schema's files: %v, %v", names, err)
	}
	var sources []*ast.Source
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: name, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// selected draws a selection of a type's fields. Pages are asked for by $n.
func selected(t *rapid.T, schema *ast.Schema, name string, depth int) string {
	var fields []string
	for _, field := range schema.Types[name].Fields {
		of := schema.Types[field.Type.Name()]
		switch {
		case strings.HasPrefix(field.Name, "__") || !rapid.Bool().Draw(t, field.Name):
			continue
		case field.Arguments.ForName("id") != nil:
			fields = append(fields, of.Name[:1]+field.Name+": "+field.Name+"(id: 1) {"+selected(t, schema, of.Name, depth-1)+"}")
		case field.Arguments.ForName("first") != nil:
			fields = append(fields, field.Name+"(first: $n) {"+selected(t, schema, of.Name, depth-1)+"}")
		case of.IsLeafType():
			fields = append(fields, field.Name)
		case depth > 0:
			fields = append(fields, field.Name+" {"+selected(t, schema, of.Name, depth-1)+"}")
		}
	}
	return strings.Join(append(fields, "__typename"), " ")
}

func TestWhoAsksForMorePaysNoLess(t *testing.T) {
	schema := served(t)
	costs := costsOf(t, schema)
	rapid.Check(t, func(r *rapid.T) {
		small := selected(r, schema, "Query", 8)
		large := small + " more: products(first: $n) { nodes { id } } " + selected(r, schema, "Query", 4)
		few := rapid.IntRange(0, 120).Draw(r, "few")
		many := rapid.IntRange(few, 200).Draw(r, "many")
		cost := func(text string, n int) int64 {
			doc, errs := gqlparser.LoadQueryWithRules(schema, "query($n: Int) {"+text+"}", rules.NewDefaultRules())
			if len(errs) > 0 {
				r.Skip(errs)
			}
			operation := operationIn(doc, map[string]any{"n": n})
			return costs.Compile(operation).Cost(operation.Variables)
		}
		if a, b := cost(small, few), cost(small, many); a > b {
			r.Errorf("%d of it cost %d, and %d of it %d", few, a, many, b)
		}
		if a, b := cost(small, few), cost(large, few); a > b {
			r.Errorf("%s costs %d, and with more %d", small, a, b)
		}
	})
}

// What an answer costs that is as large as it can be is what was reckoned before.
func TestAFullAnswerCostsWhatWasReckoned(t *testing.T) {
	schema := served(t)
	operation := operationOf(t, schema, headline, map[string]any{"n": 9})
	tree := costsOf(t, schema).Compile(operation)
	places := [][]string{
		{"orders"},
		{"orders", "nodes"},
		{"orders", "nodes", "user"},
		{"orders", "nodes", "items"},
		{"orders", "nodes", "items", "product"},
		{"orders", "nodes", "payment"},
		{"no", "such", "place"},
	}
	full, variables := []int{1, 9, 9, 450, 450, 9, 5}, operation.Variables
	if got, want := tree.Meter(places).Cost(full, variables), tree.Cost(variables); got != want || want != 2+9*(1+2+1+2)+450*3 {
		t.Errorf("it costs %d, and %d were reckoned", got, want)
	}
	if got := tree.Meter(places).Cost([]int{1, 2, 1, 3, 0, 0, 0}, variables); got != 2+2*(1+3)+1+3*2 {
		t.Errorf("an answer of few costs %d", got)
	}
}

const headline = `query Page($n: Int = 20, $cursor: String) { orders(first: $n, after: $cursor) { nodes {
  id status total { amount currency }
  user { id name email }
  items { quantity product { id name price { amount currency } } }
  payment { id status amount { amount currency } }
} } }`

func BenchmarkHeadline(b *testing.B) {
	schema := served(b)
	costs := costsOf(b, schema)
	operation := operationOf(b, schema, headline, nil)
	tree := costs.Compile(operation)
	b.Run("cost", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			tree.Cost(operation.Variables)
		}
	})
	b.Run("compile", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			costs.Compile(operationIn(operation.Doc, operation.Variables))
		}
	})
	b.Run("limits", func(b *testing.B) {
		limits, e := demand.DefaultConfig().Limits, demand.Estimate{Cost: 3122, Calls: 13, Keys: 1041}
		b.ReportAllocs()
		for b.Loop() {
			if over := (demand.Limits{}).Over(limits).Exceeded(e); over != nil {
				b.Fatal(fmt.Sprint(over.Problem()))
			}
		}
	})
}
