package tool_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/mcp/tool"
	"github.com/concierge-gateway/concierge/persisted/manifest"
)

// shop is a schema with what the gateway's has not: interfaces, unions, lists of lists, inputs that hold each other.
func shop(t testing.TB) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "shop", Input: `
		directive @listSize(slicingArguments: [String!]) on FIELD_DEFINITION
		scalar Date
		enum Colour { RED GREEN }
		interface Thing { id: ID! colour: Colour! next: Thing }
		type Box implements Thing { id: ID! colour: Colour! size: Int next: Thing day: Date }
		type Bag implements Thing { id: ID! colour: Colour! weight: Float! next: Thing things: [Thing!]! grid: [[Int]!] }
		union Any = Box | Bag
		input Filter { least: Int! not: Filter all: [Other!] colour: Colour = RED tags: [String!] on: Boolean! = true }
		input Other { filter: Filter day: Date other: Other }
		type Query {
			thing(filter: Filter ids: [ID!] grid: [[Int!]!] day: Date colour: Colour on: Boolean weight: Float other: Other): Thing
			page(first: Int): [Thing] @listSize(slicingArguments: "first")
			any: [Any!]
			box: Box!
			count: Int
		}
	`})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// judge is a schema that says what fits.
func judge(t testing.TB, text json.RawMessage) *jsonschema.Resolved {
	t.Helper()
	var read jsonschema.Schema
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	resolved, err := read.Resolve(&jsonschema.ResolveOptions{ValidateDefaults: true})
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

func fits(t testing.TB, schema *jsonschema.Resolved, text []byte) error {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

const search = `
	query Search(
		$filter: Filter!, $ids: [ID!], $grid: [[Int!]!], $day: Date, $colour: Colour! = GREEN, $on: Boolean, $weight: Float, $first: Int = 3,
		$other: Other, $colours: Colour
	) {
		thing(filter: $filter, ids: $ids, grid: $grid, day: $day, colour: $colour, on: $on, weight: $weight, other: $other) { id }
		more: thing(colour: $colours) { id }
		page(first: $first) { id }
	}`

func TestArgumentsAreTakenExactlyWhenTheyFitTheSchema(t *testing.T) {
	schema := shop(t)
	made := compile(t, schema, entry(t, schema, search, `{"description":"d"}`))
	resolved := judge(t, made.Input)
	definition := parsed(t, schema, manifest.Document{Text: search, File: "a"}).Parsed.Operations[0]
	accepted, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d := drawer{T: t, schema: schema}
		arguments := make(map[string]any)
		for _, v := range definition.VariableDefinitions {
			if v.Type.NonNull && v.DefaultValue == nil && !d.one(40) || d.one(2) {
				arguments[v.Variable] = d.input(v.Type, 0)
			}
		}
		if d.one(60) {
			arguments["unknown"] = 1
		}
		text, err := json.Marshal(arguments)
		if err != nil {
			t.Fatal(err)
		}
		_, err = made.Variables(text)
		var value any
		if err := json.Unmarshal(text, &value); err != nil {
			t.Fatal(err)
		}
		if unfit := resolved.Validate(value); (err == nil) != (unfit == nil) {
			t.Fatalf("%s: taken: %v, fits: %v", text, err, unfit)
		}
		if err == nil {
			accepted++
		} else {
			refused++
		}
	})
	if accepted == 0 || refused == 0 {
		t.Errorf("%d were taken and %d refused", accepted, refused)
	}
}

// drawer draws what fits a schema, more or less.
type drawer struct {
	*rapid.T

	schema *ast.Schema
}

// one is true once in so many times.
func (d drawer) one(in int) bool { return rapid.IntRange(1, in).Draw(d.T, "one") == in }

// input is a value of a type, or now and then of another. Numbers in the place of ids are left out: they are taken, and not told of.
func (d drawer) input(kind *ast.Type, depth int) any {
	definition := d.schema.Types[kind.Name()]
	switch {
	case d.one(30):
		odd := []any{nil, "RED", true, []any{}, map[string]any{}, -1.5, 1 << 40}
		if kind.Name() == "ID" {
			odd = odd[:5]
		}
		return rapid.SampledFrom(odd).Draw(d.T, "odd")
	case !kind.NonNull && (depth > 3 || d.one(4)):
		return nil
	case kind.Elem != nil:
		list := make([]any, rapid.IntRange(0, 2).Draw(d.T, "length"))
		for i := range list {
			list[i] = d.input(kind.Elem, depth+1)
		}
		return list
	case definition.Kind == ast.InputObject:
		object := make(map[string]any)
		for _, field := range definition.Fields {
			if field.Type.NonNull && field.DefaultValue == nil && !d.one(40) || d.one(2) {
				object[field.Name] = d.input(field.Type, depth+1)
			}
		}
		return object
	default:
		return d.leaf(definition)
	}
}

func (d drawer) leaf(definition *ast.Definition) any {
	switch {
	case definition.Kind == ast.Enum:
		return rapid.SampledFrom([]string{"RED", "GREEN"}).Draw(d.T, "value")
	case definition.Name == "Int":
		return rapid.SampledFrom([]int{0, 1, 100, 101, -1, 1<<31 - 1, -1 << 31}).Draw(d.T, "int")
	case definition.Name == "Float":
		return rapid.SampledFrom([]float64{0, -1.5, 1e9}).Draw(d.T, "float")
	case definition.Name == "Boolean":
		return rapid.Bool().Draw(d.T, "bool")
	default:
		return rapid.SampledFrom([]string{"", "a", "1", "é"}).Draw(d.T, "text")
	}
}

func TestWhateverIsAnsweredFitsTheSchema(t *testing.T) {
	schema := shop(t)
	conditional := 0
	rapid.Check(t, func(rt *rapid.T) {
		d := drawer{T: rt, schema: schema}
		w := &writer{drawer: d, fields: 25}
		text := "query Q($a: Boolean!, $b: Boolean!) " + w.set(schema.Query, 0) + " fragment thing on Thing " + w.set(schema.Types["Thing"], 3) +
			" fragment box on Box " + w.set(schema.Types["Box"], 3)
		doc, err := parser.ParseQuery(&ast.Source{Input: text})
		if err != nil {
			rt.Fatalf("%s: %v", text, err)
		}
		if wrong := validator.ValidateWithRules(schema, doc, leniently()); len(wrong) > 0 {
			rt.Fatalf("%s: %v", text, wrong)
		}
		source := tool.Source{Parsed: doc, Document: manifest.Document{Text: text, Tool: `{"description":"d"}`, File: "m.json", Line: 1}}
		set, mistakes := tool.Compile(schema, pages, []tool.Source{source})
		if len(mistakes) > 0 {
			rt.Fatal(mistakes)
		}
		made := set.All()[0]
		resolved := judge(t, made.Output)
		for range 5 {
			e := executor{drawer: d, variables: map[string]bool{"a": d.one(2), "b": d.one(2)}}
			data, ok := e.object(schema.Query, doc.Operations[0].SelectionSet)
			if !ok {
				data = nil
			}
			result := map[string]any{"data": data}
			if e.failed {
				result["errors"] = []any{map[string]any{"message": "m", "code": "C", "path": []any{"a", 1}, "retryAfter": 1}}
			}
			answered, err := json.Marshal(result)
			if err != nil {
				rt.Fatal(err)
			}
			if err := fits(t, resolved, answered); err != nil {
				rt.Fatalf("%s\nanswers %s\nwhich does not fit %s\n%v", text, answered, made.Output, err)
			}
		}
		if strings.Contains(text, "@include") {
			conditional++
		}
	})
	if conditional == 0 {
		t.Error("no document had a condition")
	}
}

// writer writes documents.
type writer struct {
	drawer

	fields int // that are left
}

func (w *writer) set(definition *ast.Definition, depth int) string {
	var set strings.Builder
	set.WriteString("{")
	for range rapid.IntRange(1, 4).Draw(w.T, "selections") {
		set.WriteString(" " + w.selection(definition, depth))
	}
	return set.String() + " }"
}

func (w *writer) selection(definition *ast.Definition, depth int) string {
	switch kind := rapid.IntRange(0, 5).Draw(w.T, "kind"); {
	case kind == 0 && definition.Name != "Query" && depth < 3:
		spreads := []string{"...thing", "...box"}
		if definition.Name == "Bag" {
			spreads = spreads[:1] // it is no Box
		}
		return rapid.SampledFrom(spreads).Draw(w.T, "spread") + w.condition()
	case kind == 1 && depth < 3:
		possible := rapid.SampledFrom(w.schema.PossibleTypes[definition.Name]).Draw(w.T, "possible")
		return "... on " + possible.Name + w.condition() + w.set(possible, depth+1)
	case kind == 2 && depth < 3:
		return "..." + w.condition() + w.set(definition, depth+1)
	default:
		return w.field(definition, depth)
	}
}

func (w *writer) field(definition *ast.Definition, depth int) string {
	w.fields--
	var fields ast.FieldList
	for _, field := range definition.Fields {
		composite := w.schema.Types[field.Type.Name()].IsCompositeType()
		if !strings.HasPrefix(field.Name, "__") && (!composite || depth < 3 && w.fields > 0) {
			fields = append(fields, field)
		}
	}
	alias := rapid.SampledFrom([]string{"", "a"}).Draw(w.T, "alias")
	if len(fields) == 0 || w.one(8) {
		return "__typename" + w.condition()
	}
	field := rapid.SampledFrom(fields).Draw(w.T, "field")
	if alias != "" {
		alias += field.Name + ": "
	}
	text := alias + field.Name + w.condition()
	if below := w.schema.Types[field.Type.Name()]; below.IsCompositeType() {
		text += w.set(below, depth+1)
	}
	return text
}

func (w *writer) condition() string {
	return rapid.SampledFrom([]string{"", "", " @include(if: $a)", " @skip(if: $b)", " @skip(if: $a) @include(if: $b)"}).Draw(w.T, "condition")
}

// executor answers operations at random, by the specification's section 6.
type executor struct {
	drawer

	variables map[string]bool
	failed    bool
}

// object is an object as it is answered. ok is false where it has to be null.
func (e *executor) object(object *ast.Definition, sets ...ast.SelectionSet) (answered map[string]any, ok bool) {
	var names []string
	grouped := make(map[string][]*ast.Field)
	for _, set := range sets {
		e.collect(object, set, func(field *ast.Field) {
			if grouped[field.Alias] == nil {
				names = append(names, field.Alias)
			}
			grouped[field.Alias] = append(grouped[field.Alias], field)
		})
	}
	answered = make(map[string]any)
	for _, name := range names {
		fields := grouped[name]
		var below []ast.SelectionSet
		for _, field := range fields {
			below = append(below, field.SelectionSet)
		}
		if fields[0].Name == "__typename" {
			answered[name] = object.Name
			continue
		}
		value, ok := e.value(fields[0].Definition.Type, below)
		if !ok {
			return nil, false
		}
		answered[name] = value
	}
	return answered, true
}

func (e *executor) collect(object *ast.Definition, set ast.SelectionSet, found func(*ast.Field)) {
	for _, each := range set {
		switch each := each.(type) {
		case *ast.Field:
			if e.included(each.Directives) {
				found(each)
			}
		case *ast.InlineFragment:
			if e.included(each.Directives) && e.is(object, each.TypeCondition) {
				e.collect(object, each.SelectionSet, found)
			}
		case *ast.FragmentSpread:
			if e.included(each.Directives) && e.is(object, each.Definition.TypeCondition) {
				e.collect(object, each.Definition.SelectionSet, found)
			}
		}
	}
}

func (e *executor) is(object *ast.Definition, name string) bool {
	return name == "" || name == object.Name || name == "Thing" && len(object.Interfaces) > 0
}

func (e *executor) included(directives ast.DirectiveList) bool {
	for _, each := range directives {
		if holds := e.variables[each.Arguments.ForName("if").Value.Raw]; holds == (each.Name == "skip") {
			return false
		}
	}
	return true
}

// value is one of a type. One that fails, which is no part of the answer, is null as far as that can be.
func (e *executor) value(kind *ast.Type, below []ast.SelectionSet) (any, bool) {
	if e.one(8) {
		e.failed = true
		return nil, !kind.NonNull
	}
	made, ok := e.some(kind, below)
	if !ok {
		return nil, !kind.NonNull
	}
	return made, true
}

func (e *executor) some(kind *ast.Type, below []ast.SelectionSet) (any, bool) {
	if kind.Elem != nil {
		list := make([]any, rapid.IntRange(0, 2).Draw(e.T, "length"))
		for i := range list {
			value, ok := e.value(kind.Elem, below)
			if !ok {
				return nil, false
			}
			list[i] = value
		}
		return list, true
	}
	definition := e.schema.Types[kind.Name()]
	if !definition.IsCompositeType() {
		return e.leaf(definition), true
	}
	made, ok := e.object(rapid.SampledFrom(e.schema.PossibleTypes[definition.Name]).Draw(e.T, "type"), below...)
	return made, ok
}

// leniently validates without what random documents cannot help: fragments and variables that nothing uses.
func leniently() *rules.Rules {
	all := document.Rules()
	for _, name := range []string{"NoUnusedFragments", "NoUnusedVariables"} {
		all.RemoveRule(name)
	}
	return all
}
