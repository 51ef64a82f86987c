package composed

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	judge "github.com/google/jsonschema-go/jsonschema"

	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/jsonschema"
	builtin "github.com/concierge-gateway/concierge/schema"
)

// marshalled is a value as JSON, with its members in the order that they are written in.
func marshalled(t *testing.T, value any) string {
	t.Helper()
	text, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestParametersOfQueriesAndPaths(t *testing.T) {
	o := load(t, shop(t), `
		query Things(
			$id: ID!
			"Which."
			$ids: [ID!]
			$colour: Colour! = GREEN
			$least: Int!
		) @endpoint(path: "/things/{id}", example: {id: 7, least: 1}) {
			thing(id: $id, ids: $ids, colour: $colour, filter: {least: $least}) { id }
		}`)
	want := []Parameter{
		{Name: "id", In: InPath, Required: true, Schema: jsonschema.Schema{"type": "string"}, Example: "7"},
		{Name: "ids", In: InQuery, Description: "Which.", Schema: jsonschema.Schema{"type": "array", "items": jsonschema.Schema{"type": "string"}}},
		{Name: "colour", In: InQuery, Schema: jsonschema.Schema{"type": "string", "enum": []any{"RED", "GREEN"}, "default": "GREEN"}},
		{Name: "least", In: InQuery, Required: true, Description: "Smallest size.", Schema: jsonschema.Schema{"type": "integer", "format": "int32"}, Example: int64(1)},
	}
	if diff := cmp.Diff(want, o.Parameters()); diff != "" {
		t.Error(diff)
	}
	if o.BodySchema() != nil || o.BodyExample() != nil {
		t.Error("it has a body")
	}
}

func TestTheSchemaOfABody(t *testing.T) {
	o := load(t, shop(t), `
		mutation Pack($filter: Filter!) @endpoint(path: "/packs", example: {filter: {least: 1}}) {
			pack(filter: $filter) { userErrors { code } }
		}`)
	want := `{
 "additionalProperties": false,
 "properties": {
  "filter": {
   "additionalProperties": false,
   "properties": {
    "least": {
     "description": "Smallest size.",
     "format": "int32",
     "type": "integer"
    },
    "not": {
     "description": "The same as the Filter around it.",
     "type": [
      "object",
      "null"
     ]
    },
    "colour": {
     "default": "RED",
     "enum": [
      "RED",
      "GREEN",
      null
     ],
     "type": [
      "string",
      "null"
     ]
    },
    "tags": {
     "items": {
      "type": "string"
     },
     "type": [
      "array",
      "null"
     ]
    }
   },
   "required": [
    "least"
   ],
   "type": "object"
  }
 },
 "required": [
  "filter"
 ],
 "type": "object"
}`
	if diff := cmp.Diff(want, marshalled(t, o.BodySchema())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"filter": map[string]any{"least": int64(1)}}, o.BodyExample()); diff != "" {
		t.Error(diff)
	}
}

func TestTheSchemaOfAnAnswerHoldsWhatIsSelected(t *testing.T) {
	for name, c := range map[string]struct {
		text           string
		fitting, wrong []string
	}{
		"an object": {
			`query Q($on: Boolean!) @endpoint(path: "/q") { box { id key: id size @include(if: $on) } }`,
			[]string{`{"id":"1","key":"1"}`, `{"id":"1","key":"1","size":null}`, `{"id":"1","key":"1","errors":[{"path":"/size","code":"X","message":"x"}]}`},
			[]string{`null`, `{"id":"1"}`, `{"id":1,"key":"1"}`, `{"id":"1","key":"1","size":"1"}`, `{"id":"1","key":"1","colour":"RED"}`, `{"id":"1","key":"1","errors":[{}]}`},
		},
		"an interface": {
			`query Q @endpoint(path: "/q") { thing(id: 1) { id ...f ...on Bag { colour } } } fragment f on Box { size }`,
			[]string{`{"id":"1","size":1}`, `{"id":"1","colour":"RED"}`, `{"id":"1","colour":"RED","errors":[]}`},
			[]string{`null`, `{"id":"1"}`, `{"id":"1","colour":"BLUE"}`, `{"id":"1","size":1,"colour":"RED"}`},
		},
		"several roots": {
			`query Q @endpoint(path: "/q") { box { id } things { id __typename } count }`,
			[]string{`{"box":null,"things":[],"count":null}`, `{"box":{"id":"1"},"things":[{"id":"1","__typename":"Bag"}],"count":2}`},
			[]string{`{"box":null,"count":null}`, `{"box":null,"things":[null],"count":null}`, `{"box":null,"things":[],"count":1.5}`},
		},
		"a part that a condition may leave out": {
			`query Q($on: Boolean!) @endpoint(path: "/q") { box { id } count ... @include(if: $on) { box { size } } }`,
			[]string{`{"box":{"id":"1"},"count":1}`, `{"box":{"id":"1","size":1},"count":1}`},
			[]string{`{"box":{"size":1},"count":1}`},
		},
		"a payload": {
			`mutation M @endpoint(path: "/m") { pack(filter: {least: 1}) { box { id } userErrors { code } } }`,
			[]string{`{"box":null,"userErrors":[{"code":"X"}]}`},
			[]string{`{"box":null,"userErrors":null}`, `{"box":null,"userErrors":[{}]}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			resolved := resolve(t, load(t, shop(t), c.text).ResponseSchema())
			for _, each := range c.fitting {
				if err := validate(t, resolved, each); err != nil {
					t.Errorf("%s does not fit: %v", each, err)
				}
			}
			for _, each := range c.wrong {
				if validate(t, resolved, each) == nil {
					t.Errorf("%s fits", each)
				}
			}
		})
	}
}

func resolve(t *testing.T, made jsonschema.Schema) *judge.Resolved {
	t.Helper()
	var read judge.Schema
	if err := json.Unmarshal([]byte(marshalled(t, made)), &read); err != nil {
		t.Fatal(err)
	}
	resolved, err := read.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

func validate(t *testing.T, schema *judge.Resolved, text string) error {
	t.Helper()
	var instance any
	if err := json.Unmarshal([]byte(text), &instance); err != nil {
		t.Fatal(err)
	}
	return schema.Validate(instance)
}

func TestScalarsAreDescribedAsTheyAreWritten(t *testing.T) {
	operations, err := Load(builtin.Operations(), served(), document.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	properties := func(made jsonschema.Schema) jsonschema.Properties { return made["properties"].(jsonschema.Properties) }
	find := func(in jsonschema.Properties, name string) jsonschema.Schema {
		for _, each := range in {
			if each.Name == name {
				return each.Schema
			}
		}
		t.Fatalf("there is no %s", name)
		return nil
	}
	summary := properties(operations[1].ResponseSchema())
	for _, c := range []struct {
		got  jsonschema.Schema
		want string
	}{
		{find(summary, "createdAt"), `{"description":"When it was placed.","format":"date-time","type":["string","null"]}`},
		{find(properties(find(summary, "total")), "amount"), `{"description":"How much, with as many digits as the service keeps.","format":"decimal","type":"string"}`},
		{find(summary, "id"), `{"description":"The order's id.","type":"string"}`},
		{find(summary, "status"), `{"description":"How far it has come.","enum":["PENDING","PAID","SHIPPED","DELIVERED","CANCELLED","REFUNDED","UNKNOWN"],"type":"string"}`},
	} {
		got, err := json.Marshal(c.got)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTheExamplesOfTheGatewaysOwnOperationsFitTheirSchemas(t *testing.T) {
	operations, err := Load(builtin.Operations(), served(), document.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range operations {
		if body := o.BodySchema(); body != nil {
			if err := validate(t, resolve(t, body), marshalled(t, o.BodyExample())); err != nil {
				t.Errorf("%s: %v", o.Name, err)
			}
		}
		for _, p := range o.Parameters() {
			if p.Example == nil {
				continue
			}
			if err := validate(t, resolve(t, p.Schema), marshalled(t, p.Example)); err != nil {
				t.Errorf("%s: %s: %v", o.Name, p.Name, err)
			}
		}
		resolve(t, o.ResponseSchema())
	}
}
