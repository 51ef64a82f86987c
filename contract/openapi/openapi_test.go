package openapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const shop = `openapi: 3.1.0
paths:
  /things:
    get:
      parameters:
        - {$ref: "#/components/parameters/ids"}
        - name: limit
          in: query
          required: true
          schema: {type: integer}
      responses:
        "200": {$ref: "#/components/responses/things"}
        2XX:
          content:
            application/json; charset=utf-8: {schema: {type: array}}
        "400": {content: {application/json: {schema: {type: boolean}}}}
  /things/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: limit, in: query, schema: {type: string}}
    put:
      parameters:
        - {name: limit, in: query, schema: {type: number}}
      requestBody: {content: {text/csv: {}, application/json: {schema: {type: object}}}}
  /things/new: {get: {}}
  /things/{id}/parts.{kind}: {get: {}}
components:
  parameters:
    ids: {name: ids, in: query, style: form, explode: false, schema: {type: array, items: {type: integer}}}
  responses:
    things: {content: {application/json: {schema: {$ref: "#/components/schemas/Things"}}}}
  schemas:
    Things:
      type: array
      items: {$ref: "#/components/schemas/Thing~1a%20b"}
    Thing/a b: &thing
      type: object
      required: [id]
      properties:
        id: {type: integer}
        name: {type: [string, "null"], enum: [a, b, null]}
    Alias: *thing
    Circle: {$ref: "#/components/schemas/Square"}
    Square: {$ref: "#/components/schemas/Circle"}
`

func parse(t *testing.T, text string) *Document {
	t.Helper()
	d, err := Parse("shop", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPlacesAreLinesAndPointers(t *testing.T) {
	d := parse(t, shop)
	for want, got := range map[string]Node{
		"shop:1 #":                                              d.Root(),
		"shop:4 #/paths/~1things/get":                           d.Root().Get("paths", "/things", "get"),
		"shop:10 #/components/x/y":                              {doc: d, pointer: "/components/x/y", line: 10},
		"shop:27 #/components/nothing":                          d.Root().Get("components", "nothing"),
		"shop:34 #/components/schemas/Things/type":              d.Root().Get("paths", "/things", "get", "responses", "200", "content", "application/json", "schema", "type"),
		"shop:40 #/components/schemas/Thing~1a b/properties/id": d.Root().Get("components", "schemas", "Things", "items", "properties", "id"),
		"shop:43 #/components/schemas/Circle/$ref/type":         d.Root().Get("components", "schemas", "Circle", "type"),
	} {
		if got := strings.Replace(got.String(), "Square", "Circle", 1); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if !d.Root().Get("components", "schemas", "Alias", "properties", "id", "type").Exists() {
		t.Error("an alias is not what it stands for")
	}
}

func TestAPathIsFoundByItsTemplate(t *testing.T) {
	d := parse(t, shop)
	for asked, want := range map[string]string{
		"/things":             "/paths/~1things map[]",
		"/things/7":           "/paths/~1things~1{id} map[id:7]",
		"/things/new":         "/paths/~1things~1new map[]",
		"/things/7/parts.big": "/paths/~1things~1{id}~1parts.{kind} map[id:7 kind:big]",
		"/things/":            "",
		"/things/7/":          "",
		"/things/7/partsXbig": "",
		"/other":              "",
	} {
		path, ok := d.Path(asked)
		if got := fmt.Sprint(path.pointer, " ", path.Values); ok != (want != "") || ok && got != want {
			t.Errorf("%s is %s, %t, want %s", asked, got, ok, want)
		}
	}
}

func TestAnOperationSaysWhatItTakesAndAnswers(t *testing.T) {
	d := parse(t, shop)
	path, _ := d.Path("/things")
	if _, ok := path.Operation("POST"); ok {
		t.Error("there is no POST")
	}
	list, _ := path.Operation("GET")
	var got []string
	for _, p := range list.Parameters() {
		commas, repeated := p.Joined()
		got = append(got, fmt.Sprint(p.In, " ", p.Name, " ", p.Required, " ", commas, repeated))
	}
	if diff := cmp.Diff([]string{"query ids false true false", "query limit true false true"}, got); diff != "" {
		t.Error(diff)
	}
	got = nil
	for _, answer := range list.Answers() {
		got = append(got, answer.pointer)
	}
	want := []string{
		"/components/responses/things/content/application~1json/schema",
		"/paths/~1things/get/responses/2XX/content/application~1json; charset=utf-8/schema",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, takes := list.Body(); takes || list.OfOne() {
		t.Error("a list takes no body, and is not of one")
	}

	path, _ = d.Path("/things/7")
	put, _ := path.Operation("PUT")
	got = nil
	for _, p := range put.Parameters() {
		got = append(got, p.In+" "+p.Name+" "+p.Schema().Shapes[0].Type)
	}
	if diff := cmp.Diff([]string{"query limit number", "path id integer"}, got); diff != "" {
		t.Error(diff)
	}
	if body, takes := put.Body(); !takes || body.Schema().Shapes[0].Type != "object" || put.Value("id") != "7" || !put.OfOne() {
		t.Errorf("the body is %v, %t", body, takes)
	}
}

func TestASchemaIsReadThroughEverythingThatJoinsIt(t *testing.T) {
	for text, want := range map[string]string{
		`{type: string}`:                            "string",
		`{type: [integer, "null"]}`:                 "integer or null",
		`{type: [integer, string]}`:                 "integer string",
		`{type: string, nullable: true}`:            "string or null",
		`{type: "null"}`:                            " or null",
		`{}`:                                        "?",
		`{properties: {a: {}}}`:                     "object(a)",
		`{items: {}}`:                               "array",
		`{enum: [a, b]}`:                            "string[a b]",
		`{enum: [1, b]}`:                            "?[1 b]",
		`{type: string, const: a}`:                  "string[a]",
		`{type: [string, "null"], enum: [a, null]}`: "string[a] or null",
		`{$ref: "#/x/A"}`:                           "object(a b*)",
		`{$ref: "#/x/A", required: [a]}`:            "object(a* b*)",
		`{allOf: [{$ref: "#/x/A"}, {properties: {c: {}}}]}`:         "object(a b* c)",
		`{allOf: [{$ref: "#/x/A"}], nullable: true}`:                "object(a b*) or null",
		`{anyOf: [{$ref: "#/x/A"}, {type: "null"}]}`:                "object(a b*) or null",
		`{oneOf: [{type: string}, {type: integer}]}`:                "string integer",
		`{type: number, oneOf: [{type: integer}, {type: string}]}`:  "integer",
		`{allOf: [{type: string}, {type: [string, "null"]}]}`:       "string",
		`{allOf: [{anyOf: [{type: string}, {type: boolean}]}, {}]}`: "string boolean",
		`{$ref: "#/x/B"}`:           "?(nowhere)",
		`{$ref: "other.yaml#/x/A"}`: "?(nowhere)",
		`{$ref: "#/x/Self"}`:        "?",
	} {
		d := parse(t, "openapi: 3.1.0\nx:\n  A: {type: object, required: [b], properties: {a: {}, b: {}}}\n  Self: {$ref: \"#/x/Self\"}\n  S: "+text+"\n")
		if got := describe(d.Root().Get("x").child("S").Schema()); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

// describe writes a schema on one line: types, members with a star where they are required, listed values.
func describe(s Schema) string {
	var shapes []string
	for _, shape := range s.Shapes {
		text := shape.Type
		if text == "" {
			text = "?"
		}
		var members []string
		for _, name := range shape.Members() {
			if shape.Requires(name) {
				name += "*"
			}
			members = append(members, name)
		}
		if len(members) > 0 {
			text += "(" + strings.Join(members, " ") + ")"
		}
		if values, _ := shape.Enum(); len(values) > 0 {
			text += fmt.Sprint(values)
		}
		if _, broken := shape.Nowhere(); broken {
			text += "(nowhere)"
		}
		shapes = append(shapes, text)
	}
	text := strings.Join(shapes, " ")
	if s.Nullable {
		text += " or null"
	}
	return text
}

func TestSchemasThatHoldThemselvesOftenAreReadInTime(t *testing.T) {
	d := parse(t, `openapi: 3.1.0
x:
  S: {anyOf: [{$ref: "#/x/S"}, {$ref: "#/x/S"}, {allOf: [{$ref: "#/x/S"}, {$ref: "#/x/S"}]}, {type: string}]}
`)
	if got := len(d.Root().Get("x").child("S").Schema().Shapes); got == 0 || got > mostAlternatives {
		t.Errorf("it has %d shapes", got)
	}
}

func TestJSONIsReadAsWell(t *testing.T) {
	d := parse(t, "{\n  \"openapi\": \"3.0.3\",\n  \"paths\": {\"\\/caf\\u00e9\": {\"get\": {\"deprecated\": true, \"x\": [1.5, null, \"\\\"\"]}}}\n}\n")
	path, ok := d.Path("/café")
	if !ok {
		t.Fatal("there is no path")
	}
	get, _ := path.Operation("GET")
	if !get.Get("deprecated").True() || get.Get("x").Items()[0].Scalar() != 1.5 || get.Get("x").Items()[2].Text() != `"` {
		t.Errorf("the operation is %+v", get)
	}
	if got := get.String(); got != "shop:3 #/paths/~1café/get" {
		t.Errorf("it stands at %s", got)
	}
}

func TestWhatIsNoDocumentIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "is not one YAML document",
		"openapi: 3.1.0\n---\nopenapi: 3.1.0": "is not one YAML document",
		"openapi: 2.0":                        "is not an OpenAPI document of version 3",
		"openapi: 3.1":                        "is not an OpenAPI document of version 3", // a number
		"- openapi":                           "is not an OpenAPI document of version 3",
		"openapi: \xff":                       "is not UTF-8 text",
		"openapi: 3.1.0\na: *b":               "line 2: no anchor of this name stands above",
		"openapi: 3.1.0\na: &a {b: *a}":       "line 2: no anchor of this name stands above",
		"a: &a {b: 1}\nc:\n  <<: *a":          "line 3: merge keys are not read",
		"openapi: !!str 3.1.0":                "line 1: a Tag is not read",
		"a: 1\na: 2":                          "is not YAML: line 2: mapping key \"a\" already defined at [1:1]",
		"a: {":                                "is not YAML: line 1: could not find flow mapping end token '}'",
		"a: " + strings.Repeat("[", 200) + strings.Repeat("]", 200): "line 1: stands more than 100 values deep",
	} {
		if _, err := Parse("x", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%.60q: got %v, want %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("openapi: 3.1.0\npaths:\n  /a/{b}:\n    get: {parameters: [{$ref: \"#/x\"}]}\nx: {name: c, in: query, schema: {type: [string]}}\n"))
	f.Add([]byte(`{"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"allOf": [{"$ref": "#"}]}}}}}}}}}`))
	f.Add([]byte("a: &a [1, *a]\nopenapi: 3.1.0"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Parse("fuzzed", text)
		if err != nil {
			return
		}
		path, ok := d.Path("/a/1")
		if !ok {
			return
		}
		operation, _ := path.Operation("GET")
		for _, p := range operation.Parameters() {
			_ = describe(p.Schema())
		}
		for _, answer := range operation.Answers() {
			_ = describe(answer.Schema())
		}
	})
}
