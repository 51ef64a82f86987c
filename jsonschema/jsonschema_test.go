package jsonschema_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/concierge-gateway/concierge/jsonschema"
)

func shop(t *testing.T) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "shop", Input: `
		"A day."
		scalar Date
		enum Colour { RED GREEN }
		interface Thing { "Its id." id: ID! }
		type Box implements Thing { id: ID! size: Int box: Box }
		type Bag implements Thing { id: ID! colour: Colour! }
		"What to look for."
		input Filter { "Smallest size." least: Int! not: Filter colour: Colour = RED }
		type Query {
			thing("By what." filter: Filter "Which." ids: [ID!] day: Date): Thing
			box: Box
		}
	`})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func selection(t *testing.T, schema *ast.Schema, text string) ast.SelectionSet {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(schema, text, rules.NewDefaultRules())
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return doc.Operations[0].SelectionSet
}

func marshalled(t *testing.T, made jsonschema.Schema) string {
	t.Helper()
	text, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatAConditionLeavesOutIsNotRequired(t *testing.T) {
	schema := shop(t)
	for text, want := range map[string]string{
		`box { id }`:                                                   `box(id)`,
		`box @include(if: $on) { id }`:                                 `box?(id)`,
		`box { id @skip(if: $on) size }`:                               `box(id? size)`,
		`box { id } ... @include(if: $on) { box { size } }`:            `box(id size?)`,
		`... @include(if: $on) { box { id } } box { id }`:              `box(id)`,
		`...f ...f @skip(if: $on)`:                                     `box(id box(size))`,
		`box @skip(if: $on) { id } other: box @skip(if: $on) { size }`: `box?(id) other?(size)`,
	} {
		fragment := ""
		if text[:4] == "...f" {
			fragment = ` fragment f on Query { box { id box { size } } }`
		}
		set := selection(t, schema, `query Q($on: Boolean! = true) { `+text+` again: box { id @skip(if: $on) } }`+fragment)
		want += " again(id?)"
		if got := told(schema, schema.Query, jsonschema.Set{Selection: set}); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

// told are members and what is below them; those that may be left out have a question mark.
func told(schema *ast.Schema, object *ast.Definition, sets ...jsonschema.Set) string {
	members := jsonschema.Collect(schema, object, sets...)
	texts := make([]string, len(members))
	for i, member := range members {
		texts[i] = member.Name
		if member.Conditional {
			texts[i] += "?"
		}
		if len(member.Sets) > 0 {
			texts[i] += "(" + told(schema, schema.Types[member.Field.Definition.Type.Name()], member.Sets...) + ")"
		}
	}
	return strings.Join(texts, " ")
}

func TestAnInputWithinItselfIsANoteOrAReference(t *testing.T) {
	schema := shop(t)
	again := func(definition *ast.Definition) jsonschema.Schema {
		return jsonschema.Schema{"$ref": "#/" + definition.Name}
	}
	for want, inputs := range map[string]jsonschema.Inputs{
		`{"description":"The same as the Filter around it.","type":["object","null"]}`: {Schema: schema},
		`{"anyOf":[{"$ref":"#/Filter"},{"type":"null"}]}`:                              {Schema: schema, Again: again},
	} {
		got := marshalled(t, inputs.Object(schema.Types["Filter"]))
		want = fmt.Sprintf(`{"additionalProperties":false,"description":"What to look for.","properties":{`+
			`"least":{"description":"Smallest size.","format":"int32","type":"integer"},"not":%s,`+
			`"colour":{"default":"RED","enum":["RED","GREEN",null],"type":["string","null"]}},"required":["least"],"type":"object"}`, want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAnAnswerOfSeveralTypesIsAnyOfThem(t *testing.T) {
	schema := shop(t)
	set := selection(t, schema, `{ thing { id ... on Box { size } ... on Bag { colour } } }`)
	root := jsonschema.Collect(schema, schema.Query, jsonschema.Set{Selection: set})
	got := marshalled(t, jsonschema.Outputs{Schema: schema}.Members(root))
	want := `{"additionalProperties":false,"properties":{"thing":{"anyOf":[` +
		`{"additionalProperties":false,"properties":{"id":{"description":"Its id.","type":"string"},"size":{"format":"int32","type":["integer","null"]}},` +
		`"required":["id","size"],"type":"object"},` +
		`{"additionalProperties":false,"properties":{"id":{"description":"Its id.","type":"string"},"colour":{"enum":["RED","GREEN"],"type":"string"}},` +
		`"required":["id","colour"],"type":"object"},{"type":"null"}]}},"required":["thing"],"type":"object"}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAVariableIsDescribedByWhatItIsTheValueOf(t *testing.T) {
	schema := shop(t)
	set := selection(t, schema, `query Q($least: Int!, $id: ID!, $ids: [ID!], $day: Date, $filter: Filter) {
		thing(filter: {least: $least}, ids: [$id], day: $day) { id }
		more: thing(filter: $filter, ids: $ids) { id }
	}`)
	for variable, want := range map[string]string{"least": "Smallest size.", "id": "Which.", "ids": "Which.", "filter": "By what.", "day": ""} {
		if got := jsonschema.Description(set, variable); got != want {
			t.Errorf("$%s is described as %q, want %q", variable, got, want)
		}
	}
	for variable, want := range map[string]string{"ids": "ids", "id": "", "least": ""} {
		if uses := jsonschema.Uses(set, variable); len(uses) != 1 || uses[0].Argument != want || uses[0].Field.Name != "thing" {
			t.Errorf("$%s is used at %+v", variable, uses)
		}
	}
}
