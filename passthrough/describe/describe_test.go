package describe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/passthrough/composed"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/passthrough/routing"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/redact"
	builtin "github.com/concierge-gateway/concierge/schema"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/wire"
)

// contracts finds those of the services that the gateway was written for.
func contracts(t testing.TB) func(string) (*openapi.Document, bool) {
	t.Helper()
	all := make(map[string]*openapi.Document)
	for service := range upstreams.DefaultConfig().All() {
		text, err := upstreams.Contract(service)
		if err != nil {
			t.Fatal(err)
		}
		if all[service], err = openapi.Parse(service, text); err != nil {
			t.Fatal(err)
		}
	}
	return func(service string) (*openapi.Document, bool) { found, ok := all[service]; return found, ok }
}

// written finds one contract, the fixture, of the service that is called shop.
func written(t testing.TB) func(string) (*openapi.Document, bool) {
	t.Helper()
	d, err := openapi.Parse("shop", []byte(fixture))
	if err != nil {
		t.Fatal(err)
	}
	return func(service string) (*openapi.Document, bool) { return d, service == "shop" }
}

func shown(t testing.TB) *redact.Policy {
	t.Helper()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	fields, err := wire.Read(schema)
	if err != nil {
		t.Fatal(err)
	}
	var all []*openapi.Document
	find := contracts(t)
	for service := range upstreams.DefaultConfig().All() {
		contract, _ := find(service)
		all = append(all, contract)
	}
	stated, err := policy.Read(schema, fields)
	if err != nil {
		t.Fatal(err)
	}
	pseudonyms, err := policy.NewPseudonyms(stated, policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := redact.New(schema, fields, stated, pseudonyms, nil, all...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func shapeOf(t testing.TB, name string) *reshape.Shape {
	t.Helper()
	return showing(t, name).Shape
}

// showing is what a route that returns a type does to its answers.
func showing(t testing.TB, name string, moves ...reshape.Move) *reshape.Spec {
	t.Helper()
	p := shown(t)
	record, ok := p.Type(name)
	if !ok {
		t.Fatalf("there is no type %s", name)
	}
	spec := &reshape.Spec{Shape: record.Shape, Rules: p.Rules(), Moves: moves}
	for _, rule := range record.Guards {
		if !rule.Public() {
			spec.Guards = append(spec.Guards, rule.Index)
		}
	}
	return spec
}

func pattern(t testing.TB, text string) routing.Pattern {
	t.Helper()
	p, err := routing.ParsePattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// rule is one that is reached by a path without a version.
func rule(t testing.TB, text string) routing.Rule {
	t.Helper()
	return routing.Rule{Pattern: pattern(t, text)}
}

// described is the document of endpoints, which libraries must be able to read. Its examples must fit.
func described(t testing.TB, contract func(string) (*openapi.Document, bool), endpoints ...Endpoint) document3 {
	t.Helper()
	text, err := Document("Concierge", "1", endpoints, contract)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(endpoints)
	again, err := Document("Concierge", "1", endpoints, contract)
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("in another order, it is another document (%v): %s", err, cmp.Diff(string(text), string(again)))
	}
	read, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if err := read.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation()); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var root any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	return document3{t, string(text), read, root}
}

// document3 is a document and what a library reads of it.
type document3 struct {
	t    testing.TB
	text string
	read *openapi3.T
	root any
}

// at is what stands at a place, as JSON without blanks, references followed. It is empty where there is nothing.
func (d document3) at(names ...string) string {
	d.t.Helper()
	here := d.root
	for _, name := range names {
		switch each := follow(d.root, here).(type) {
		case map[string]any:
			here = each[name]
		case []any:
			i := 0
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(each) {
				return ""
			}
			here = each[i]
		default:
			return ""
		}
	}
	if here = follow(d.root, here); here == nil {
		return ""
	}
	text, err := json.Marshal(here)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

func follow(root, here any) any {
	for {
		members, _ := here.(map[string]any)
		ref, is := members["$ref"].(string)
		if !is {
			return here
		}
		here = root
		for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			members, _ := here.(map[string]any)
			here = members[name]
		}
	}
}

// answer is the schema of an answer's body.
func (d document3) answer(path, method, status string) string {
	d.t.Helper()
	return d.at("paths", path, method, "responses", status, "content", "application/json", "schema")
}

func (d document3) want(got, want string) {
	d.t.Helper()
	var wanted any
	if want != "" {
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			d.t.Fatal(err)
		}
		text, err := json.Marshal(wanted)
		if err != nil {
			d.t.Fatal(err)
		}
		want = string(text)
	}
	if got != want {
		d.t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestARecordIsDescribedAsFarAsItIsShown(t *testing.T) {
	d := described(t, contracts(t), Endpoint{
		Rule:    routing.Rule{Pattern: pattern(t, "GET /users/{id}"), Version: "v1", ByPath: true},
		Example: map[string]string{"id": "1"},
		Route: &Route{Service: "user", Returns: "User", Shows: &reshape.Spec{
			Shape: shapeOf(t, "User"), Moves: []reshape.Move{{From: "username", To: "user_name"}, {From: "address/city", To: "city"}},
		}},
	})
	user := []string{"components", "schemas", "UserV1"}
	d.want(d.at(append(user, "required")...), `["id","name","user_name"]`)
	d.want(d.at(append(user, "properties", "user_name")...), `{"type":"string","minLength":1,"maxLength":200}`)
	d.want(d.at(append(user, "properties", "city")...), `{"type":"string","maxLength":200}`)
	d.want(d.at(append(user, "properties", "address", "required")...), `["street","zip"]`)
	d.want(d.at(append(user, "properties", "status")...), `{"type":"string","enum":["active","suspended"],"description":"Not every caller gets it.","x-some-callers-only":true}`)
	d.want(d.at(append(user, "additionalProperties")...), `false`)
	d.want(d.answer("/v1/users/{id}", "get", "200"), d.at(user...))
	operation := []string{"paths", "/v1/users/{id}", "get"}
	d.want(d.at(append(operation, "operationId")...), `"getV1UsersById"`)
	d.want(d.at(append(operation, "summary")...), `"One user."`)
	d.want(d.at(append(operation, "parameters", "0")...),
		`{"name":"id","in":"path","required":true,"description":"The user's id.","schema":{"type":"integer","format":"int64","minimum":1},"example":1}`)
	d.want(d.at(append(operation, "security")...), `[{},{"bearer":[]}]`)
	for _, hidden := range []string{"password_hash", "api_token", `"username"`} {
		if strings.Contains(d.text, hidden) {
			t.Errorf("it shows %s", hidden)
		}
	}
}

func TestOfANumberThatIsShownInPartThePartIsDescribed(t *testing.T) {
	d := described(t, contracts(t), Endpoint{
		Rule:  rule(t, "GET /payments/{id}"),
		Route: &Route{Service: "payment", Returns: "Payment", Shows: &reshape.Spec{Shape: shapeOf(t, "Payment")}},
	})
	d.want(d.at("components", "schemas", "Payment", "properties", "card_number"), `{"type":["string","null"],
		"description":"The last 4 digits. Null unless the method is card.","pattern":"^[0-9]{4}$","maxLength":4}`)
	for _, hidden := range []string{"card_cvv", "processor_ref", "risk_score"} {
		if strings.Contains(d.text, hidden) {
			t.Errorf("it shows %s", hidden)
		}
	}
}

func TestAListIsOne(t *testing.T) {
	d := described(t, contracts(t),
		Endpoint{Rule: rule(t, "GET /members"), Route: &Route{
			Service: "user", To: "/users", Returns: "User", Shows: &reshape.Spec{Shape: shapeOf(t, "User")},
			Query: Fields{Drop: []string{"offset"}, Rename: map[string]string{"first": "limit"}, Default: map[string]string{"limit": "5"}},
		}},
		Endpoint{Rule: rule(t, "GET /members/{member}"), Route: &Route{
			Service: "user", To: "/users/{member}", Returns: "User", Shows: &reshape.Spec{Shape: shapeOf(t, "User")},
		}},
	)
	schema := d.read.Paths.Value("/members").Get.Responses.Value("200").Value.Content["application/json"].Schema.Value
	if !schema.Type.Is("array") || schema.Items.Ref != "#/components/schemas/User" {
		t.Errorf("it is %v of %s", schema.Type, schema.Items.Ref)
	}
	var names []string
	for _, p := range d.read.Paths.Value("/members").Get.Parameters {
		names = append(names, p.Value.In+" "+p.Value.Name)
	}
	if diff := cmp.Diff([]string{"query ids", "query first", "header If-None-Match"}, names); diff != "" {
		t.Error(diff)
	}
	d.want(d.at("paths", "/members", "get", "parameters", "1", "schema"), `{"type":"integer","format":"int32","minimum":1,"maximum":1000,"default":5}`)
	d.want(d.at("paths", "/members/{member}", "get", "parameters", "0", "schema"), `{"type":"integer","format":"int64","minimum":1}`)
	d.want(d.at("paths", "/members", "get", "responses", "304", "description"), `"The client has the answer already."`)
	if got := slices.Sorted(maps.Keys(d.read.Components.Schemas)); !slices.Equal(got, []string{"Problem", "User"}) {
		t.Errorf("the schemas are %v", got)
	}
}

// fixture is a contract with what the services' own have not: envelopes, choices, nulls, maps, and a type that holds itself.
const fixture = `
openapi: 3.0.3
paths:
  /things:
    get:
      responses:
        "200":
          content:
            application/json:
              schema:
                type: object
                required: [data, total]
                properties:
                  data:
                    type: object
                    required: [things]
                    properties:
                      things: {type: array, uniqueItems: true, items: {$ref: "#/components/schemas/Thing"}}
                      more: {nullable: true, allOf: [{$ref: "#/components/schemas/Thing"}]}
                  total: {type: integer, minimum: 0, exclusiveMinimum: true}
                  secret: {type: string}
  /thing:
    put:
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [id, owner, place, kind]
              properties:
                id: {type: integer}
                kind: {type: string}
                owner: {type: string, enum: [a, b]}
                place: {type: object, required: [x, y], properties: {x: {type: number}, y: {type: number}}}
                note: {oneOf: [{type: string}, {type: integer}]}
      responses: {"204": {description: Done.}, "422": {description: No.}}
components:
  schemas:
    Thing:
      type: object
      required: [id, name, place, tags]
      properties:
        id: {type: integer, example: 7}
        name: {type: string, pattern: "^[A-Z]{2}-[0-9]+$"}
        place: {nullable: true, type: object, required: [x, "a/b"], properties: {x: {type: number}, "a/b": {type: number}}}
        tags: {type: array, items: {type: object, required: [t, u], properties: {t: {type: string}, u: {type: integer}}}}
        extra: {type: object, additionalProperties: {$ref: "#/components/schemas/Thing"}}
        parent: {$ref: "#/components/schemas/Thing"}
        either: {oneOf: [{type: string}, {type: object, properties: {z: {type: integer}}}]}
        hash: {type: string, x-visibility: never}
`

func thing() *reshape.Shape {
	return reshape.Object(map[string]*reshape.Shape{
		"id": reshape.Scalar(), "name": reshape.Scalar(), "either": reshape.Scalar(),
		"place": reshape.Object(map[string]*reshape.Shape{"x": reshape.Scalar(), "a/b": reshape.Scalar()}),
		"tags":  reshape.Object(map[string]*reshape.Shape{"t": reshape.Scalar(), "u": reshape.Scalar()}),
	})
}

// things is the schema of the fixture's records after what a spec does to them.
func things(t *testing.T, shape *reshape.Shape, spec reshape.Spec, added ...jsontext.Value) document3 {
	t.Helper()
	envelope, err := reshape.Object(nil).With("data/things", shape)
	if err != nil {
		t.Fatal(err)
	}
	if envelope, err = envelope.With("total", reshape.Scalar()); err != nil {
		t.Fatal(err)
	}
	if envelope, err = envelope.With("later", reshape.Scalar()); err != nil {
		t.Fatal(err)
	}
	spec.Envelope, spec.Records = envelope, []reshape.RecordsAt{{Pointer: "/data/things", Shape: shape}}
	plan, err := reshape.Compile(spec)
	if err != nil {
		t.Fatalf("there is no such plan: %v", err)
	}
	d := described(t, written(t), Endpoint{Rule: rule(t, "GET /things"), Route: &Route{
		Service: "shop", Parts: map[string]string{"/data/things": "Thing"}, Expose: []string{"/total", "/later", "soon"}, Shows: &spec, Added: added,
	}})
	values := make(reshape.Values, len(added))
	for i, each := range added {
		if values[i] = each; each == nil {
			values[i] = []byte(`"anybody"`)
		}
	}
	d.holds("/things", plan, values, answers...)
	return d
}

// answers are what the fixture promises, and what a plan makes of them must be what is described.
var answers = []string{
	`{"data":{"things":[]},"total":1}`,
	`{"data":{"things":[{"id":7,"name":"AB-1","place":null,"tags":[]}]},"total":1,"secret":"x"}`,
	`{"data":{"things":[{"id":7,"name":"AB-1","place":{"x":1,"a/b":2},"tags":[{"t":"a","u":1},{"t":"b","u":2}],"either":"x","hash":"x",
		"extra":{"a":{"id":8,"name":"AB-2","place":null,"tags":[]}},"parent":{"id":9,"name":"AB-3","place":null,"tags":[],"either":{"z":1}}},
		{"id":7,"name":"AB-1","place":{"x":1,"a/b":2},"tags":[{"t":"a","u":1}],"either":{"z":1}}],"more":null},"total":2}`,
}

// holds reports answers that are not as described once a plan was applied to them.
func (d document3) holds(path string, plan *reshape.Plan, values reshape.Values, answers ...string) {
	d.t.Helper()
	schema := d.read.Paths.Value(path).Get.Responses.Value("200").Value.Content["application/json"].Schema.Value
	for _, each := range answers {
		shown, err := plan.Append(nil, []byte(each), reshape.With{Values: values})
		if err != nil {
			d.t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(shown, &value); err != nil {
			d.t.Fatal(err)
		}
		if err := schema.VisitJSON(value, openapi3.EnableJSONSchema2020()); err != nil {
			d.t.Errorf("%s is not as described: %v", shown, err)
		}
	}
}

func TestAnEnvelopeIsDescribedAroundItsRecords(t *testing.T) {
	d := things(t, thing(), reshape.Spec{})
	d.want(d.answer("/things", "get", "200"), `{"type":"object","required":["data","total"],"additionalProperties":false,"properties":{
		"data":{"type":"object","required":["things"],"additionalProperties":false,"properties":{"things":{"type":"array","items":{"$ref":"#/components/schemas/Thing"}}}},
		"total":{"type":"integer","exclusiveMinimum":0},"later":{}}}`)
	d.want(d.at("components", "schemas", "Thing", "properties", "id"), `{"type":"integer","examples":[7]}`)
	d.want(d.at("components", "schemas", "Thing", "properties", "place"), `{"type":["object","null"],"required":["x","a/b"],"additionalProperties":false,
		"properties":{"x":{"type":"number"},"a/b":{"type":"number"}}}`)
	d.want(d.at("components", "schemas", "Thing", "properties", "either"), `{"type":"string"}`)
	d.want(d.at("paths", "/things", "get", "responses", "200", "content", "application/json", "examples", "generated", "value", "data", "things", "0", "name"), `"AA-0"`)
}

func TestMembersMoveAsTheyDoInRecords(t *testing.T) {
	for name, c := range map[string]struct {
		spec  reshape.Spec
		added []jsontext.Value
		at    []string
		want  string
	}{
		"a name for another":                 {reshape.Spec{Moves: []reshape.Move{{From: "id", To: "name"}, {From: "name", To: "id"}}}, nil, []string{"properties", "name", "type"}, `"integer"`},
		"both are still there":               {reshape.Spec{Moves: []reshape.Move{{From: "id", To: "name"}, {From: "name", To: "id"}}}, nil, []string{"required"}, `["place","tags","name","id"]`},
		"out of what may be null":            {reshape.Spec{Moves: []reshape.Move{{From: "place/x", To: "x"}}}, nil, []string{"required"}, `["id","name","place","tags"]`},
		"with a slash in its name":           {reshape.Spec{Moves: []reshape.Move{{From: "place/a~1b", To: "b"}}}, nil, []string{"properties", "place", "required"}, `["x"]`},
		"into what may be null":              {reshape.Spec{Moves: []reshape.Move{{From: "name", To: "place/name"}}}, nil, []string{"properties", "place", "required"}, `["name"]`},
		"into what is made":                  {reshape.Spec{Moves: []reshape.Move{{From: "id", To: "key/of/it"}}}, nil, []string{"properties", "key"}, `{"type":"object","required":["of"],"additionalProperties":false,"properties":{"of":{"type":"object","required":["it"],"additionalProperties":false,"properties":{"it":{"type":"integer","examples":[7]}}}}}`},
		"within a list":                      {reshape.Spec{Moves: []reshape.Move{{From: "tags/t", To: "tags/of/t"}}}, nil, []string{"properties", "tags", "items"}, `{"type":"object","required":["u","of"],"additionalProperties":false,"properties":{"u":{"type":"integer"},"of":{"type":"object","required":["t"],"additionalProperties":false,"properties":{"t":{"type":"string"}}}}}`},
		"within a list of another name":      {reshape.Spec{Moves: []reshape.Move{{From: "tags", To: "labels"}, {From: "tags/t", To: "labels/text"}}}, nil, []string{"properties", "labels", "items", "required"}, `["u","text"]`},
		"out of a list, which is lost":       {reshape.Spec{Moves: []reshape.Move{{From: "tags/t", To: "t"}}}, nil, []string{"properties", "t"}, ``},
		"into a list, which is lost":         {reshape.Spec{Moves: []reshape.Move{{From: "id", To: "tags/id"}}}, nil, []string{"properties", "tags", "items", "properties", "id"}, ``},
		"dropped":                            {reshape.Spec{Drops: []string{"place/x", "either"}}, nil, []string{"properties", "place", "properties"}, `{"a/b":{"type":"number"}}`},
		"added, always the same":             {reshape.Spec{Adds: []string{"links/self"}}, []jsontext.Value{jsontext.Value(`{"b":1,"a":2}`)}, []string{"properties", "links"}, `{"type":"object","required":["self"],"additionalProperties":false,"properties":{"self":{"const":{"b":1,"a":2}}}}`},
		"added, not always":                  {reshape.Spec{Adds: []string{"by"}}, []jsontext.Value{nil}, []string{"properties", "by"}, `{"type":["string","number"]}`},
		"added to each of a list":            {reshape.Spec{Adds: []string{"tags/v"}}, []jsontext.Value{jsontext.Value(`1`)}, []string{"properties", "tags", "items", "required"}, `["t","u","v"]`},
		"added in the place of another":      {reshape.Spec{Adds: []string{"name"}}, []jsontext.Value{jsontext.Value(`"x"`)}, []string{"properties", "name"}, `{"const":"x"}`},
		"perhaps in the place of another":    {reshape.Spec{Adds: []string{"id"}}, []jsontext.Value{nil}, []string{"properties", "id"}, `{"anyOf":[{"type":"integer","examples":[7]},{"type":["string","number"]}]}`},
		"added to an object that is renamed": {reshape.Spec{Moves: []reshape.Move{{From: "place", To: "where"}}, Adds: []string{"where/v"}}, []jsontext.Value{jsontext.Value(`1`)}, []string{"properties", "where", "required"}, `["v"]`},
	} {
		t.Run(name, func(t *testing.T) {
			d := things(t, thing(), c.spec, c.added...)
			d.want(d.at(append([]string{"components", "schemas", "Thing"}, c.at...)...), c.want)
		})
	}
}

func TestWhatIsShownWholeIsDescribedWithoutWhatNobodyMaySee(t *testing.T) {
	all := reshape.AnythingBut(map[string]bool{"hash": true})
	shape, err := reshape.Object(nil).With("extra", all)
	if err != nil {
		t.Fatal(err)
	}
	if shape, err = shape.With("soon", all); err != nil {
		t.Fatal(err)
	}
	if shape, err = shape.With("parent", all); err != nil {
		t.Fatal(err)
	}
	d := things(t, shape, reshape.Spec{})
	d.want(d.at("components", "schemas", "Thing", "properties", "soon"), `{}`)
	d.want(d.at("components", "schemas", "Thing", "properties", "parent", "properties", "id"), `{"type":"integer","examples":[7]}`)
	d.want(d.at("components", "schemas", "Thing", "properties", "parent", "properties", "either"),
		`{"anyOf":[{"type":"string"},{"type":"object","properties":{"z":{"type":"integer"}}}]}`)
	if strings.Contains(d.text, "hash") {
		t.Error("it shows what nobody may see")
	}
}

func TestWhatNobodyMaySeeIsRefused(t *testing.T) {
	shape, err := thing().With("hash", reshape.Scalar())
	if err != nil {
		t.Fatal(err)
	}
	_, err = Document("Concierge", "1", []Endpoint{{Rule: rule(t, "GET /things"), Route: &Route{
		Service: "shop", Shows: &reshape.Spec{
			Envelope: reshape.Object(map[string]*reshape.Shape{"data": reshape.Object(map[string]*reshape.Shape{"things": shape})}),
			Records:  []reshape.RecordsAt{{Pointer: "/data/things", Shape: shape}},
		},
	}}}, written(t))
	want := "describe GET /things: the member hash goes through, which the contract says nobody may see"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// taking is what a route takes, by the moves of its answers.
func taking(t *testing.T, shape *reshape.Shape, adds []string, moves ...reshape.Move) *reshape.Spec {
	t.Helper()
	moved, err := shape.Moved(moves)
	if err != nil {
		t.Fatal(err)
	}
	return &reshape.Spec{Shape: moved, Moves: reshape.Back(moves), Adds: adds, Strict: true}
}

func TestABodyIsWhatIsTakenInTheClientsNames(t *testing.T) {
	shape := reshape.Object(map[string]*reshape.Shape{
		"id": reshape.Scalar(), "owner": reshape.Scalar(), "note": reshape.Scalar(), "kind": reshape.Scalar(),
		"place": reshape.Object(map[string]*reshape.Shape{"x": reshape.Scalar(), "y": reshape.Scalar()}),
	})
	d := described(t, written(t), Endpoint{
		Rule: rule(t, "PUT /thing"), SignedIn: true, Scopes: []string{"things:write"},
		Route: &Route{Service: "shop", Shows: &reshape.Spec{Shape: thing()}, Takes: taking(t, shape, []string{"kind"},
			reshape.Move{From: "owner", To: "by"}, reshape.Move{From: "place/x", To: "x"}, reshape.Move{From: "place/y", To: "y"})},
	})
	d.want(d.at("paths", "/thing", "put", "requestBody", "content", "application/json", "schema"), `{"type":"object","required":["id","by","x","y"],
		"additionalProperties":false,"properties":{"id":{"type":"integer"},"kind":{"type":"string"},"by":{"type":"string","enum":["a","b"]},
		"note":{"anyOf":[{"type":"string"},{"type":"integer"}]},"x":{"type":"number"},"y":{"type":"number"}}}`)
	d.want(d.at("paths", "/thing", "put", "requestBody", "required"), `true`)
	d.want(d.at("paths", "/thing", "put", "security"), `[{"bearer":["things:write"]}]`)
	var statuses []string
	for status := range d.read.Paths.Value("/thing").Put.Responses.Map() {
		statuses = append(statuses, status)
	}
	slices.Sort(statuses)
	if diff := cmp.Diff([]string{"204", "400", "401", "403", "422", "default"}, statuses); diff != "" {
		t.Error(diff)
	}
}

func TestTheMutationsOfTheSchemaTakeWhatTheContractsDo(t *testing.T) {
	shape, _ := shown(t).Mutation("updateProfile")
	d := described(t, contracts(t), Endpoint{
		Rule: rule(t, "PATCH /users/{id}"), SignedIn: true,
		Route: &Route{Service: "user", Returns: "User", Shows: &reshape.Spec{Shape: shapeOf(t, "User")}, Takes: taking(t, shape, nil)},
	})
	d.want(d.at("paths", "/users/{id}", "patch", "requestBody", "content", "application/json", "schema", "properties", "phone"), `{"type":"string","maxLength":200}`)
	if strings.Contains(d.at("paths", "/users/{id}", "patch", "requestBody"), "role") {
		t.Error("it takes a role")
	}
}

func TestOfServicesWithoutAContractOnlyNamesAreKnown(t *testing.T) {
	d := described(t, contracts(t),
		Endpoint{Rule: rule(t, "GET /stock/{sku}"), Route: &Route{
			Service: "stock", Expose: []string{"count", "place/shelf"},
			Shows: &reshape.Spec{Shape: reshape.Object(map[string]*reshape.Shape{
				"count": reshape.AnythingBut(nil), "place": reshape.Object(map[string]*reshape.Shape{"shelf": reshape.AnythingBut(nil)}),
			})},
		}},
		Endpoint{Rule: rule(t, "PUT /stock/{sku}"), Scopes: []string{"stock"}, Route: &Route{
			Service: "stock", Accepts: []string{"count"}, Shows: &reshape.Spec{Shape: reshape.Object(nil)},
			Takes: taking(t, reshape.Object(map[string]*reshape.Shape{"count": reshape.Scalar()}), nil, reshape.Move{From: "count", To: "n"}),
		}},
	)
	d.want(d.answer("/stock/{sku}", "get", "2XX"), `{"properties":{"count":{},"place":{"properties":{"shelf":{}}}}}`)
	d.want(d.at("paths", "/stock/{sku}", "put", "requestBody", "content", "application/json", "schema"), `{"type":"object","properties":{"n":{}},"additionalProperties":false}`)
	d.want(d.at("paths", "/stock/{sku}", "get", "parameters"), `[{"name":"sku","in":"path","required":true,"schema":{"type":"string"}}]`)
}

func TestOfRawRoutesNothingIsKnown(t *testing.T) {
	d := described(t, contracts(t), Endpoint{
		Rule: rule(t, "/files/{path...}"), Example: map[string]string{"path": "a/b"}, Route: &Route{Service: "files", Raw: true},
	})
	if diff := cmp.Diff([]string{"DELETE", "GET", "PATCH", "POST", "PUT"}, slices.Sorted(maps.Keys(d.read.Paths.Value("/files/{path}").Operations()))); diff != "" {
		t.Error(diff)
	}
	d.want(d.at("paths", "/files/{path}", "get", "parameters"),
		`[{"name":"path","in":"path","required":true,"description":"It may hold slashes, and be empty.","schema":{"type":"string"},"example":"a/b"}]`)
	d.want(d.at("paths", "/files/{path}", "put", "requestBody"), `{"content":{"*/*":{}}}`)
	d.want(d.at("paths", "/files/{path}", "put", "responses", "2XX", "content"), `{"*/*":{}}`)
}

func TestAVersionIsDescribedWhereverItIsReached(t *testing.T) {
	shows := &reshape.Spec{Shape: shapeOf(t, "User")}
	old := &reshape.Spec{Shape: shapeOf(t, "User"), Moves: []reshape.Move{{From: "username", To: "user_name"}}}
	d := described(t, contracts(t),
		Endpoint{
			Rule:       routing.Rule{Pattern: pattern(t, "GET /users/{key}"), Version: "v1", ByPath: true, ByHeader: true},
			Deprecated: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), Sunset: time.Date(2027, 6, 30, 0, 0, 0, 0, time.UTC),
			Route: &Route{Service: "user", To: "/users/{key}", Returns: "User", Shows: old},
		},
		Endpoint{
			Rule:  routing.Rule{Pattern: pattern(t, "GET /users/{id}"), Version: "v2", ByPath: true, ByHeader: true, ByMediaType: true, Default: true},
			Route: &Route{Service: "user", Returns: "User", Shows: shows},
		},
	)
	if diff := cmp.Diff([]string{"/users/{id}", "/v1/users/{key}", "/v2/users/{id}"}, slices.Sorted(maps.Keys(d.read.Paths.Map()))); diff != "" {
		t.Error(diff)
	}
	if both := d.read.Paths.Value("/users/{id}").Get; both.Deprecated {
		t.Error("the version that answers where none is named is not deprecated")
	}
	d.want(d.answer("/users/{id}", "get", "200"), `{"anyOf":[{"$ref":"#/components/schemas/UserV2"},{"$ref":"#/components/schemas/UserV1"}]}`)
	d.want(d.at("paths", "/users/{id}", "get", "parameters", "0"),
		`{"name":"API-Version","in":"header","description":"The version that is asked for.","schema":{"type":"string","enum":["v2","2","v1","1"]}}`)
	d.want(d.at("paths", "/v1/users/{key}", "get", "deprecated"), `true`)
	d.want(d.at("paths", "/v1/users/{key}", "get", "x-sunset"), `"2027-06-30"`)
	d.want(d.at("paths", "/v1/users/{key}", "get", "responses", "410", "description"), `"What was here is no longer served."`)
	d.want(d.at("paths", "/v1/users/{key}", "get", "responses", "200", "headers", "Deprecation", "description"),
		`"From when on this should not be used, as RFC 9745 writes it: @1801353600."`)
	if got := d.at("paths", "/users/{id}", "get", "description"); !strings.Contains(got, "Accept: application/json;version=2 asks for version v2.") {
		t.Errorf("it says %s", got)
	}
}

func TestConditionsAreParametersAndServers(t *testing.T) {
	shows := &reshape.Spec{Shape: shapeOf(t, "User")}
	beta := rule(t, "GET /users")
	beta.Host, beta.Headers, beta.Query = "*.example.com", map[string]string{"X-Beta": "1", "Accept": "a/b"}, map[string]string{"limit": "*"}
	d := described(t, contracts(t), Endpoint{Rule: beta, Route: &Route{Service: "user", Shows: shows}})
	d.want(d.at("paths", "/users", "get", "servers"), `[{"url":"//{host}.example.com","variables":{"host":{"default":"www","description":"Any name."}}}]`)
	d.want(d.at("paths", "/users", "get", "parameters", "0"), `{"name":"X-Beta","in":"header","required":true,"schema":{"type":"string","const":"1"}}`)
	d.want(d.at("paths", "/users", "get", "description"), `"Only with Accept: a/b."`)

	d = described(t, contracts(t),
		Endpoint{Rule: beta, Route: &Route{Service: "user", Shows: shows}},
		Endpoint{Rule: rule(t, "GET /users"), Route: &Route{Service: "user", Shows: shows}},
	)
	d.want(d.at("paths", "/users", "get", "servers"), ``)
	for _, p := range d.read.Paths.Value("/users").Get.Parameters {
		if p.Value.Required {
			t.Errorf("%s is required, though there is an endpoint without", p.Value.Name)
		}
	}
}

func TestOperationsAreDescribedByThemselves(t *testing.T) {
	operations, err := composed.Load(builtin.Operations(), graph.NewExecutableSchema(graph.Config{}).Schema(), document.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	var endpoints []Endpoint
	for _, o := range operations {
		endpoints = append(endpoints, Endpoint{Rule: rule(t, o.Method+" "+o.Path), Operation: o, Scopes: o.Scopes})
	}
	d := described(t, contracts(t), endpoints...)
	summary := []string{"paths", "/v2/orders/{id}/summary", "get"}
	d.want(d.at(append(summary, "operationId")...), `"OrderSummary"`)
	d.want(d.at(append(summary, "parameters")...), `[{"name":"id","in":"path","description":"The order's id.","required":true,"schema":{"type":"string"},"example":"7"}]`)
	d.want(d.at(append(summary, "responses", "200", "headers", "X-Concierge-Partial", "schema")...), `{"type":"string","const":"true"}`)
	d.want(d.at("paths", "/v2/orders", "post", "requestBody", "content", "application/json", "examples", "working", "value", "items", "0", "quantity"), `2`)
	if d.answer("/v2/orders", "post", "422") == "" || d.answer("/v2/orders", "post", "422") != d.answer("/v2/orders", "post", "200") {
		t.Error("what was not done has another answer")
	}
}

func TestAProblemHasACodeOfOurs(t *testing.T) {
	d := described(t, contracts(t), Endpoint{Rule: rule(t, "GET /users/{id}"), Route: &Route{Service: "user", Shows: &reshape.Spec{Shape: shapeOf(t, "User")}}})
	codes := d.at("components", "schemas", "Problem", "properties", "code", "enum")
	for _, kind := range problem.Kinds() {
		if !strings.Contains(codes, `"`+kind.Code()+`"`) {
			t.Errorf("there is no %s", kind)
		}
	}
	d.want(d.at("paths", "/users/{id}", "get", "responses", "404", "content", "application/problem+json", "schema", "required"), `["title","status","detail","code"]`)
	d.want(d.at("paths", "/users/{id}", "get", "responses", "404", "description"), `"There is nothing here."`)
}

func TestNamesForProgramsAreUnique(t *testing.T) {
	shows := &reshape.Spec{Shape: shapeOf(t, "User")}
	d := described(t, contracts(t),
		Endpoint{Rule: rule(t, "GET /user-names"), Route: &Route{Service: "user", Shows: shows}},
		Endpoint{Rule: rule(t, "GET /user/names"), Route: &Route{Service: "user", Shows: shows}},
		Endpoint{Rule: rule(t, "REPORT,HEAD,GET /x/{id}"), Route: &Route{Service: "user", Shows: shows}},
	)
	var ids []string
	for _, item := range d.read.Paths.Map() {
		for _, o := range item.Operations() {
			ids = append(ids, o.OperationID)
		}
	}
	slices.Sort(ids)
	if diff := cmp.Diff([]string{"getUserNames", "getUserNames_2", "getXById"}, ids); diff != "" {
		t.Error(diff)
	}
}
