package loaders

import (
	"reflect"
	"slices"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

// thing is a record of the tests, and things a page of them.
type thing struct {
	ID    record.ID
	Held  *thing
	Lists []*thing
	page  *thing
}

type things []*thing

// Records makes things a page.
func (p *things) Records() (all []any) {
	for _, each := range *p {
		all = append(all, each)
	}
	return all
}

func TestLimitedValuesAreLookedForWhereTheyAreShown(t *testing.T) {
	schema := parse(t, `type Query { thing: Thing page: Page }
		type Thing { id: ID a: String b: String held: Thing lists: [Thing] page: Thing led: Thing }
		type Page { nodes: [Thing] edges: [Edge] } type Edge { node: Thing cursor: String }`)
	edges, err := NewEdges(schema, resolved("Query.thing", "Query.page"))
	if err != nil {
		t.Fatal(err)
	}
	fields := limits(t, schema, 1, "Thing.a", "Thing.b", "Thing.page")
	one := &thing{ID: 1, Held: &thing{ID: 2, page: &thing{ID: 9}}, Lists: []*thing{{ID: 3}, nil, {ID: 4}}}
	for name, c := range map[string]struct {
		query, object string
		value         any
		want          []string
		objects       int
	}{
		"a field":               {`{ a }`, "Thing", one, []string{"a of 1"}, 1},
		"fields by any name":    {`{ x: a b a __typename id }`, "Thing", one, []string{"a of 1", "a of 1", "b of 1"}, 1},
		"of fragments":          {`{ ... on Thing { b } ...F } fragment F on Thing { a }`, "Thing", one, []string{"a of 1", "b of 1"}, 1},
		"what is held":          {`{ held { a } lists { b } }`, "Thing", one, []string{"a of 2", "b of 3", "b of 4"}, 4},
		"deeper":                {`{ held { held { a } } }`, "Thing", &thing{ID: 7, Held: one}, []string{"a of 2"}, 3},
		"a list":                {`{ a }`, "Thing", []*thing{one, nil, {ID: 5}}, []string{"a of 1", "a of 5"}, 2},
		"no record":             {`{ a }`, "Thing", (*thing)(nil), nil, 0},
		"nothing limited":       {`{ id held { id } led { __typename } }`, "Thing", one, nil, -1},
		"what cannot be looked": {`{ led { a } }`, "Thing", one, nil, 1},
		"a page":                {`{ nodes { a } edges { cursor node { b id } } }`, "Page", &things{one, {ID: 5}}, []string{"a of 1", "a of 5", "b of 1", "b of 5"}, 4},
		"an empty page":         {`{ nodes { a } }`, "Page", &things{}, nil, 0},
		"an object with limits": {`{ page { a } }`, "Thing", one, []string{"page of 1"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := parser.ParseQuery(&ast.Source{Input: c.query})
			if err != nil {
				t.Fatal(err)
			}
			define(schema, doc, doc.Operations[0].SelectionSet, c.object)
			for _, each := range doc.Fragments {
				define(schema, doc, each.SelectionSet, each.TypeCondition)
			}
			o := newOpening(edges, &graphql.OperationContext{Doc: doc})
			shown := o.shows(doc.Operations[0].SelectionSet, c.object, fields)
			if again := o.shows(doc.Operations[0].SelectionSet, c.object, fields); again != shown {
				t.Error("it is looked for twice")
			}
			if shown == nil {
				if c.objects != -1 {
					t.Error("nothing is limited")
				}
				return
			}
			var got []string
			n := shown.each(reflect.ValueOf(c.value), func(s *showing, object reflect.Value) {
				for _, each := range s.fields {
					got = append(got, each.field.Name+" of "+idOf(object).String())
				}
				if _, ok := asHeld(object).(*thing); !ok {
					t.Errorf("%T is a copy", asHeld(object))
				}
			})
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" || n != c.objects {
				t.Errorf("%d objects, want %d (-want +got):\n%s", n, c.objects, diff)
			}
		})
	}
}

// define gives fields their definitions, as the validation does.
func define(schema *ast.Schema, doc *ast.QueryDocument, set ast.SelectionSet, object string) {
	for _, each := range set {
		switch each := each.(type) {
		case *ast.Field:
			each.ObjectDefinition = schema.Types[object]
			each.Definition = schema.Types[object].Fields.ForName(each.Name)
			if each.Definition == nil {
				each.Definition = &ast.FieldDefinition{Name: each.Name, Type: ast.NonNullNamedType("String", nil)}
			}
			define(schema, doc, each.SelectionSet, each.Definition.Type.Name())
		case *ast.InlineFragment:
			each.ObjectDefinition = schema.Types[each.TypeCondition]
			define(schema, doc, each.SelectionSet, each.TypeCondition)
		case *ast.FragmentSpread:
			each.Definition = doc.Fragments.ForName(each.Name)
			each.ObjectDefinition = schema.Types[object]
		}
	}
}

func TestOnlyRecordsHaveIDs(t *testing.T) {
	for name, c := range map[string]struct {
		of   any
		want record.ID
	}{
		"a record": {&thing{ID: 7}, 7}, "one that is held": {thing{ID: 7}, 7}, "nothing": {nil, 0}, "no record": {(*thing)(nil), 0},
		"a struct without an id": {&struct{ Name string }{"x"}, 0}, "an id of another type": {&struct{ ID int }{7}, 0}, "a text": {"7", 0},
	} {
		if got := idOf(reflect.ValueOf(c.of)); got != c.want {
			t.Errorf("%s: the id is %d, want %d", name, got, c.want)
		}
	}
}
