package validate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// The keywords are what JSON Schema says they are: a library that passes its official tests agrees about every value, with every
// schema that can be made of them.
func TestSchemasMeanWhatJSONSchemaSays(t *testing.T) { rapid.Check(t, agree) }

func FuzzSchemas(f *testing.F) { f.Fuzz(rapid.MakeFuzz(agree)) }

func agree(t *rapid.T) {
	said := schemas(3).Draw(t, "schema")
	text := []byte(marshalled(values(3).Draw(t, "value")))
	want := oracle(t, said, text)
	got := compiled(t, said).accepts(t, text)
	if got != want {
		t.Errorf("%s against %s is right: %t, want %t", text, marshalled(said), got, want)
	}
}

func marshalled(value any) string {
	text, _ := json.Marshal(value) //nolint:errchkjson // the generators make nothing else
	return string(text)
}

// oracle is what the library says.
func oracle(t *rapid.T, said any, text []byte) bool {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(marshalled(map[string]any{"definitions": definitions(), "is": said}))))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("test.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("test.json#/is")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value) == nil
}

// tested is a schema as the package compiles it.
type tested struct{ schema *schema }

func compiled(t *rapid.T, said any) tested {
	doc := &document{}
	if err := unmarshal([]byte(marshalled(map[string]any{"definitions": definitions(), "is": said})), &doc.root); err != nil {
		t.Fatal(err)
	}
	c := newCompiler(doc)
	s := c.schema(doc.top().member("is"))
	if c.failed != nil {
		t.Fatal(c.failed)
	}
	return tested{s}
}

func (s tested) accepts(t *rapid.T, text []byte) bool {
	w := walk{tree: newTree()}
	if err := w.tree.read(text); err != nil {
		t.Fatal(err)
	}
	w.begin("body")
	w.limit = 1 << 30
	fits := w.fits(s.schema, 0)
	w.value(s.schema, 0)
	if fits != (len(w.found) == 0) {
		t.Errorf("%s fits: %t, and has %v", text, fits, w.found)
	}
	return fits
}

// definitions are schemas that others refer to, one of them recursive.
func definitions() map[string]any {
	return map[string]any{
		"tree": map[string]any{
			"type":       []string{"object", "null"},
			"properties": map[string]any{"a": map[string]any{"$ref": "#/definitions/tree"}, "b": map[string]any{"type": "integer"}},
			"required":   []string{"b"},
		},
		"word": map[string]any{"type": "string", "minLength": 1},
	}
}

func values(depth int) *rapid.Generator[any] {
	simple := []*rapid.Generator[any]{
		rapid.SampledFrom([]any{nil, true, false, "", "a", "ab", "ä", "abc", "a\"\n", 0, 1, -1, 2, 3.5, 1.0, 0.3, 1e3, 10}),
	}
	if depth == 0 {
		return rapid.OneOf(simple...)
	}
	below := values(depth - 1)
	return rapid.OneOf(append(simple,
		rapid.Map(rapid.SliceOfN(below, 0, 4), func(list []any) any { return list }),
		rapid.Map(rapid.MapOfN(names4(), below, 0, 4), func(m map[string]any) any { return m }),
	)...)
}

func names4() *rapid.Generator[string] { return rapid.SampledFrom([]string{"a", "b", "ab", "c"}) }

func kindNames() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"null", "boolean", "integer", "number", "string", "array", "object"})
}

// schemas are made of some keywords each, of all that the package knows.
func schemas(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		if depth == 0 || rapid.IntRange(0, 9).Draw(t, "whole") == 0 {
			return rapid.OneOf(
				rapid.Just[any](true), rapid.Just[any](false),
				rapid.Map(kindNames(), func(name string) any { return map[string]any{"type": name} }),
			).Draw(t, "simple")
		}
		if rapid.IntRange(0, 3).Draw(t, "composed") == 0 {
			return composed(t)
		}
		said := make(map[string]any)
		for range rapid.IntRange(1, 4).Draw(t, "keywords") {
			keyword := rapid.SampledFrom(keywords()).Draw(t, "keyword")
			said[keyword] = keywordValue(t, keyword, depth-1)
		}
		return said
	})
}

// composed are the schemas with the most to go wrong: objects of which several schemas look at a part.
func composed(t *rapid.T) any {
	parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) any {
		part := map[string]any{"properties": rapid.MapOfN(names4(), schemas(0), 1, 2).Draw(t, "properties")}
		if rapid.Bool().Draw(t, "requires") {
			part["required"] = rapid.SliceOfN(names4(), 1, 1).Draw(t, "required")
		}
		return part
	}), 1, 3)
	said := map[string]any{"unevaluatedProperties": schemas(0).Draw(t, "left")}
	keyword := rapid.SampledFrom([]string{"allOf", "anyOf", "oneOf", "if", "dependentSchemas"}).Draw(t, "keyword")
	drawn := parts.Draw(t, "parts")
	switch keyword {
	case "if":
		said["if"], said["then"], said["else"] = drawn[0], drawn[len(drawn)/2], drawn[len(drawn)-1]
	case "dependentSchemas":
		said[keyword] = map[string]any{names4().Draw(t, "there"): drawn[0]}
	default:
		said[keyword] = drawn
	}
	return said
}

func keywords() []string {
	return []string{
		"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
		"minLength", "maxLength", "pattern", "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "minContains",
		"maxContains", "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties",
		"maxProperties", "dependentRequired", "dependentSchemas", "unevaluatedProperties", "allOf", "anyOf", "oneOf", "not",
		"if", "then", "else", "$ref", "properties", "additionalProperties", "unevaluatedProperties",
	}
}

func keywordValue(t *rapid.T, keyword string, depth int) any { //nolint:cyclop // it is a table
	below := schemas(depth)
	byName := rapid.MapOfN(names4(), below, 1, 3)
	switch keyword {
	case "type":
		return rapid.SliceOfNDistinct(kindNames(), 1, 3, rapid.ID).Draw(t, keyword)
	case "enum":
		return rapid.SliceOfNDistinct(values(1), 1, 4, func(v any) string { return fmt.Sprintf("%T%v", v, v) }).Draw(t, keyword)
	case "const":
		return values(2).Draw(t, keyword)
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
		return rapid.SampledFrom([]any{-1, 0, 1, 2, 3.5}).Draw(t, keyword)
	case "multipleOf":
		return rapid.SampledFrom([]any{1, 2, 0.1, 0.5}).Draw(t, keyword)
	case "pattern":
		return rapid.SampledFrom([]string{"a", "^a$", "b+", "^.{2}$"}).Draw(t, keyword)
	case "uniqueItems":
		return rapid.Bool().Draw(t, keyword)
	case "prefixItems", "allOf", "anyOf", "oneOf":
		return rapid.SliceOfN(below, 1, 3).Draw(t, keyword)
	case "properties", "dependentSchemas":
		return byName.Draw(t, keyword)
	case "patternProperties":
		return rapid.MapOfN(rapid.SampledFrom([]string{"^a", "b", "c$"}), below, 1, 2).Draw(t, keyword)
	case "required":
		return rapid.SliceOfNDistinct(names4(), 1, 3, rapid.ID).Draw(t, keyword)
	case "dependentRequired":
		return rapid.MapOfN(names4(), rapid.SliceOfNDistinct(names4(), 0, 2, rapid.ID), 1, 2).Draw(t, keyword)
	case "$ref":
		return rapid.SampledFrom([]string{"#/definitions/tree", "#/definitions/word"}).Draw(t, keyword)
	case "items", "contains", "additionalProperties", "propertyNames", "unevaluatedProperties", "not", "if", "then", "else":
		return below.Draw(t, keyword)
	default: // a number of something
		return rapid.IntRange(0, 3).Draw(t, keyword)
	}
}
