package schemadiff

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/coordinates"
)

// An operation that a change makes invalid is one that a breaking change tells of, and touches.
func TestWhatMakesAnOperationInvalidIsBreakingAndTouchesIt(t *testing.T) {
	before := load(t, base)
	rapid.Check(t, func(r *rapid.T) {
		random := random(r)
		after := mutated(r, random)
		changes := Compare(before, after)
		for range 8 {
			query := draw(random, before)
			doc, errs := gqlparser.LoadQueryWithRules(before, query, rules.NewDefaultRules())
			if errs != nil {
				continue // fields that contradict each other
			}
			uses := coordinates.Of(before, doc.Operations[0])
			if _, errs = gqlparser.LoadQueryWithRules(after, query, rules.NewDefaultRules()); errs == nil {
				continue
			}
			if !slices.ContainsFunc(changes, func(c Change) bool { return c.Severity == Breaking && touches(c, uses) }) {
				r.Fatalf("%s\nis invalid now (%v), and no breaking change touches it: %+v", query, errs, changes)
			}
		}
	})
}

func TestASchemaHasNoChangesComparedWithItself(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		schema := mutated(r, random(r))
		if changes := Compare(schema, schema); len(changes) > 0 {
			r.Errorf("there are changes: %+v", changes)
		}
	})
}

// What is breaking one way is found the other way, too.
func TestAChangeIsFoundInBothDirections(t *testing.T) {
	before := load(t, base)
	rapid.Check(t, func(r *rapid.T) {
		after := mutated(r, random(r))
		if forth, back := Compare(before, after), Compare(after, before); (len(forth) == 0) != (len(back) == 0) {
			r.Errorf("forth there are %+v, and back %+v", forth, back)
		}
	})
}

// random draws evenly: rapid prefers small numbers, which here would always be the same types.
func random(r *rapid.T) *rand.Rand {
	return rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
}

// mutated is the base with a change. Where the change makes no schema, it is the base.
func mutated(r *rapid.T, random *rand.Rand) *ast.Schema {
	for range 5 {
		doc := validator.PreludeDocument()
		read, err := parser.ParseSchema(&ast.Source{Input: base})
		if err != nil {
			r.Fatal(err)
		}
		change := pick(random, mutations())
		change(random, read)
		doc.Merge(read)
		if schema, err := validator.ValidateSchemaDocument(doc); err == nil {
			return schema
		}
	}
	return gqlparser.MustLoadSchema(&ast.Source{Input: base})
}
