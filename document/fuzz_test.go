package document

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Whatever parses is counted in as many steps as it has bytes, and what is admitted is compared in as many as it has nodes.
// The sizes are those that one gets by putting every fragment in its place, and what a document needs is what it is refused without.
func FuzzCheck(f *testing.F) {
	f.Add(headline)
	f.Add(read(f, "testdata/introspection.graphql"))
	f.Add("{...a ...a} fragment a on A{...b ...b} fragment b on A{id ...{id} ...c}")
	f.Add("{...a} fragment a on A{...b} fragment b on A{...a} fragment a on A{id}")
	f.Add(`query a($v:[[I!]!]=[{a:[1,"",""" """]}]@a(b:$v)){a:b(c:$v)@a...@b{...a@c}}mutation{a}subscription s{...f}`)
	for _, text := range documents(f) {
		f.Add(text)
	}
	f.Add("# comment\nfragment a($x:I=1) on A@d{a:a b:a}")
	for _, shape := range hostile() {
		f.Add(shape(3))
	}
	limits := DefaultLimits()
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, limits.Tokens)
		if err != nil {
			return
		}
		c := count(doc)
		if c.visits > len(text) {
			t.Errorf("counting visited %d nodes of %d bytes", c.visits, len(text))
		}
		first, second := limits.check(doc), limits.check(doc)
		if diff := cmp.Diff(first, second, cmp.AllowUnexported(refusal{})); diff != "" {
			t.Error(diff)
		}
		if first != nil {
			return
		}
		if visits := compare(doc, c.fragments).visits; visits > c.nodes {
			t.Errorf("comparing visited %d of %d nodes", visits, c.nodes)
		}
		for i, o := range doc.Operations {
			got := c.definitions[i].size
			got.nodes = 0
			if want := expanded(doc, o.SelectionSet); got != want {
				t.Errorf("operation %d is %+v, want %+v", i, got, want)
			}
		}
		if len(doc.Operations) > 0 {
			least(t, text)
		}
	})
}

// expanded sizes a selection set the long way, without its nodes.
func expanded(doc *ast.QueryDocument, set ast.SelectionSet) size {
	var total size
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			below := expanded(doc, s.SelectionSet)
			total.roots++
			total.fields += 1 + below.fields
			total.aliases += below.aliases
			if s.Alias != s.Name {
				total.aliases++
			}
			total.depth = max(total.depth, 1+below.depth)
		case *ast.InlineFragment:
			total = total.beside(expanded(doc, s.SelectionSet))
		case *ast.FragmentSpread:
			if f := doc.Fragments.ForName(s.Name); f != nil {
				total = total.beside(expanded(doc, f.SelectionSet))
			}
		}
	}
	return total
}
