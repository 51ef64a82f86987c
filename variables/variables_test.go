package variables_test

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/variables"
)

// operation is one with variables of all kinds, and its schema.
func operation(t testing.TB) (*ast.Schema, *ast.OperationDefinition, []variables.Variable) {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "shop", Input: `
		scalar Date
		enum Colour { RED GREEN }
		input Filter { least: Int! not: Filter colour: Colour = RED tags: [String!] }
		type Query { count(filter: Filter ids: [ID!] grid: [[Int!]!] day: Date colour: Colour on: Boolean weight: Float): Int }
	`})
	if err != nil {
		t.Fatal(err)
	}
	doc, errs := gqlparser.LoadQueryWithRules(schema, `
		query Count($filter: Filter!, $ids: [ID!], $grid: [[Int!]!], $day: Date, $colour: Colour! = RED, $on: Boolean, $weight: Float) {
			count(filter: $filter, ids: $ids, grid: $grid, day: $day, colour: $colour, on: $on, weight: $weight)
		}`, rules.NewDefaultRules())
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	definition := doc.Operations[0]
	all := make([]variables.Variable, len(definition.VariableDefinitions))
	for i, v := range definition.VariableDefinitions {
		all[i] = variables.Variable{Name: v.Variable, Type: v.Type, Required: v.Type.NonNull && v.DefaultValue == nil}
	}
	return schema, definition, all
}

func TestJSONThatFitsGivesValues(t *testing.T) {
	schema, _, all := operation(t)
	got, err := variables.Read(schema, all, []byte(`{"filter": {"least": 1, "not": null}, "ids": ["a", 7], "on": null, "day": "2026"}`), "the body")
	want := map[string]any{
		"filter": map[string]any{"least": int64(1), "not": nil}, "ids": []any{"a", "7"}, "on": nil, "day": "2026",
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatDoesNotFitIsToldByItsPlace(t *testing.T) {
	schema, _, all := operation(t)
	for text, want := range map[string]string{
		"":                             "the arguments is not valid JSON",
		"[]":                           "the arguments must be a JSON object",
		"{} {}":                        "/filter in the arguments is needed",
		`{"filter":{"least":1}} 1`:     "the arguments has more behind its JSON object",
		`{"filter":{"least":1.0}}`:     "/filter/least in the arguments must be a whole number of 32 bits",
		`{"filter":{"least":1,"x":1}}`: `/filter in the arguments has no member "x"`,
		`{"colour":null}`:              "/colour in the arguments must not be null",
		`{"grid":[[1],2]}`:             "/grid/1 in the arguments must be a list",
		`{"on":true,"on":true}`:        "the arguments has two members of one name in an object",
	} {
		_, err := variables.Read(schema, all, []byte(text), "the arguments")
		if problem.KindOf(err) != problem.BadInput || problem.From(err).Public() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// FuzzRead: whatever comes is either refused, with a short problem, or the executor can take it.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"filter":{"least":1}}`, `{"filter":{"least":1,"least":1}}`, `[{"filter":`,
		`{"filter":{"least":1,"not":{"least":2},"colour":"RED","tags":["a"]},"ids":[1,"b"],"grid":[[1],[]]}`,
		`{"filter":{"least":null},"day":"\ud800","weight":1e400,"on":null} {}`,
	} {
		f.Add([]byte(seed))
	}
	schema, definition, all := operation(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		values, err := variables.Read(schema, all, text, "the arguments")
		if err != nil {
			if said := problem.From(err).Public(); problem.KindOf(err) != problem.BadInput || len(said) > 400 || !utf8.ValidString(said) {
				t.Errorf("%v: %d bytes: %s", problem.KindOf(err), len(said), said)
			}
			return
		}
		if _, err := validator.VariableValues(schema, definition, values); err != nil {
			t.Errorf("the executor does not take %v: %v", values, err)
		}
	})
}
