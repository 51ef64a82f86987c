package tool_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/graph"
	"github.com/concierge-gateway/concierge/mcp/tool"
	"github.com/concierge-gateway/concierge/page"
	"github.com/concierge-gateway/concierge/persisted/manifest"
	"github.com/concierge-gateway/concierge/problem"
)

var update = flag.Bool("update", false, "write testdata/*.json anew")

var pages = page.Limits{Default: 20, Max: 100}

// served is the schema of the gateway.
func served() *ast.Schema { return graph.NewExecutableSchema(graph.Config{}).Schema() }

// file is a valid document that stands in a file of its own.
func file(t testing.TB, schema *ast.Schema, name, text string) tool.Source {
	t.Helper()
	documents, err := manifest.Parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, schema, documents[0])
}

// entry is a valid document that stands in line 7 of a manifest, with a mark.
func entry(t testing.TB, schema *ast.Schema, text, mark string) tool.Source {
	t.Helper()
	return parsed(t, schema, manifest.Document{ID: "1", Name: "Q", Text: text, Tool: mark, File: "m.json", Line: 7})
}

func parsed(t testing.TB, schema *ast.Schema, d manifest.Document) tool.Source {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Name: d.File, Input: d.Text})
	if err != nil {
		t.Fatal(err)
	}
	if wrong := validator.ValidateWithRules(schema, doc, document.Rules()); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	return tool.Source{Document: d, Parsed: doc}
}

// compile is the only tool there is.
func compile(t testing.TB, schema *ast.Schema, source tool.Source) *tool.Tool {
	t.Helper()
	set, wrong := tool.Compile(schema, pages, []tool.Source{source})
	if len(wrong) > 0 || len(set.All()) != 1 {
		t.Fatalf("there are %d tools, and mistakes: %v", len(set.All()), wrong)
	}
	return set.All()[0]
}

const order = `"An order, and what came of it."
query Order($id: ID!, "How many payments." $lines: Int = 5) @tool(title: "One order", scopes: ["orders:read"]) {
  order(id: $id) { id status total { amount currency } createdAt items { product { name } } }
  more: orders(first: $lines) { nodes { id } }
}`

func TestAnOperationOfTheSchemaIsAWholeTool(t *testing.T) {
	got := compile(t, served(), file(t, served(), "order.graphql", order))
	shown := *got
	shown.Input, shown.Output = nil, nil
	want := tool.Tool{
		Name: "Order", Title: "One order", Description: "An order, and what came of it.", ReadOnly: true, Idempotent: true,
		Scopes: []string{"orders:read"}, Roots: []string{"order", "orders"}, Text: order, Operation: "Order", Place: "order.graphql:2",
	}
	if diff := cmp.Diff(want, shown, cmp.FilterPath(unexported, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	golden(t, "order.input.json", got.Input)
	golden(t, "order.output.json", got.Output)
}

func unexported(p cmp.Path) bool {
	field, is := p.Last().(cmp.StructField)
	return is && strings.ToLower(field.Name()[:1]) == field.Name()[:1]
}

// golden compares a schema with the file that shows it.
func golden(t *testing.T, name string, got json.RawMessage) {
	t.Helper()
	var text bytes.Buffer
	if err := json.Indent(&text, got, "", "  "); err != nil {
		t.Fatal(err)
	}
	text.WriteByte('\n')
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text.String()); diff != "" {
		t.Error(diff)
	}
}

func TestAMutationSaysWhatCallingItDoes(t *testing.T) {
	const cancel = `mutation Cancel($id: ID!) @tool(%s) { cancelOrder(id: $id) { order { id } } }`
	for mark, want := range map[string]string{
		"mutation: true":                                       "false/true/false/true",
		"mutation: true, destructive: false":                   "false/false/false/true",
		"mutation: true, destructive: null, idempotent: true":  "false/true/true/true",
		`mutation: true, name: "orders.cancel-1", scopes: "a"`: "false/true/false/true",
	} {
		got := compile(t, served(), file(t, served(), "a.graphql", fmt.Sprintf(cancel, mark)))
		if told := fmt.Sprintf("%t/%t/%t/%t", got.ReadOnly, got.Destructive, got.Idempotent, got.Mutation); told != want {
			t.Errorf("%s: %s, want %s", mark, told, want)
		}
		if got.Description != "Cancels an order that was not shipped yet." {
			t.Errorf("it is described as %q", got.Description)
		}
		if strings.Contains(mark, "scopes") && !cmp.Equal(got.Scopes, []string{"a"}) {
			t.Errorf("it needs the scopes %v", got.Scopes)
		}
	}
}

func TestAManifestMarksAnOperationAsADocumentDoes(t *testing.T) {
	const text = `query Me { me { name } user(id: 1) { id } }`
	got := compile(t, served(), entry(t, served(), text, `true`))
	if got.Name != "Me" || got.Description != "The caller's own record.\nOne user. Null if there is none with this id." {
		t.Errorf("it is %s: %s", got.Name, got.Description)
	}
	got = compile(t, served(), entry(t, served(), text, `{"name":"me.2","title":"T","description":" D ","scopes":["a","b"]}`))
	if told := fmt.Sprint(got.Name, got.Title, got.Description, got.Scopes, got.Place); told != "me.2TD[a b]m.json:7" {
		t.Errorf("it is %s", told)
	}
}

func TestOneDocumentOfSeveralManifestsIsOneTool(t *testing.T) {
	one, other := entry(t, served(), `query Me { me { name } }`, `true`), entry(t, served(), `query Me { me { name } }`, `true`)
	other.Client, other.ID = "ios", "2"
	unmarked := entry(t, served(), `query Me { me { name } }`, ``)
	set, wrong := tool.Compile(served(), pages, []tool.Source{unmarked, one, other})
	if len(set.All()) != 1 || len(wrong) > 0 {
		t.Errorf("there are %d tools, and mistakes: %v", len(set.All()), wrong)
	}
}

func TestToolsAreFoundByTheirNames(t *testing.T) {
	set, wrong := tool.Compile(served(), pages, []tool.Source{
		file(t, served(), "a.graphql", "query B @tool { me { id } } query A @tool { me { id } } query C { me { id } }"),
	})
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	if all := set.All(); len(all) != 2 || all[0].Name != "A" || all[1].Name != "B" {
		t.Errorf("the tools are %v", all)
	}
	if got, ok := set.Find("B"); !ok || got.Operation != "B" {
		t.Errorf("B is %v", got)
	}
	for _, name := range []string{"", "C", "b"} {
		if got, ok := set.Find(name); ok || got != nil {
			t.Errorf("%q is %v", name, got)
		}
	}
	var none *tool.Set
	if _, ok := none.Find("B"); ok || none.All() != nil {
		t.Error("no set has tools")
	}
}

func TestMistakesAreToldByTheirPlace(t *testing.T) {
	long := strings.Repeat("a", 65)
	for name, c := range map[string]struct {
		sources []tool.Source
		want    []string
	}{
		"a subscription": {
			[]tool.Source{entry(t, served(), `subscription S { orderStatusChanged(orderId: 1) { id } }`, "true")},
			[]string{"m.json:7: operation Q (1): a subscription cannot be a tool: a call has one answer"},
		},
		"no name": {
			[]tool.Source{file(t, served(), "a.graphql", "\nquery @tool(name: \"a\") { me { id } }"), entry(t, served(), "{ me { id } }", "true")},
			[]string{"a.graphql:2: a tool's operation needs a name", "m.json:7: operation Q (1): a tool's operation needs a name"},
		},
		"a mutation with one mark": {
			[]tool.Source{
				file(t, served(), "a.graphql", "mutation M\n@tool { cancelOrder(id: 1) { order { id } } }"),
				entry(t, served(), "mutation M { cancelOrder(id: 1) { order { id } } }", `{"mutation":false}`),
			},
			[]string{
				"a.graphql:2: it is a mutation, which is a tool only with mutation: true",
				"m.json:7: operation Q (1): it is a mutation, which is a tool only with mutation: true",
			},
		},
		"a query marked as a mutation": {
			[]tool.Source{entry(t, served(), "query Q { me { id } }", `{"idempotent":true}`)},
			[]string{"m.json:7: operation Q (1): mutation, destructive and idempotent are for mutations, and this is a query"},
		},
		"bad names": {
			[]tool.Source{
				file(t, served(), "a.graphql", `query Q @tool(name: "a b") { me { id } }`),
				file(t, served(), "b.graphql", `query `+long+` @tool { me { id } }`),
				entry(t, served(), "query Q { me { id } }", `{"name":""}`),
			},
			[]string{
				"a.graphql:1: a tool's name is 1 to 64 letters, digits, _, - and dots",
				"b.graphql:1: a tool's name is 1 to 64 letters, digits, _, - and dots: " + long + " is none, so that it needs another",
				"m.json:7: operation Q (1): a tool's name is 1 to 64 letters, digits, _, - and dots",
			},
		},
		"one name twice": {
			[]tool.Source{
				file(t, served(), "a.graphql", "query Q @tool { me { id } }"), entry(t, served(), "query R { me { id } }", `{"name":"Q"}`),
			},
			[]string{"m.json:7: operation Q (1): the name Q has the tool at a.graphql:1 too"},
		},
		"both marks": {
			[]tool.Source{entry(t, served(), "query Q @tool { me { id } }", "true")},
			[]string{`m.json:7: operation Q (1): it is marked twice: by @tool and by "tool" in the manifest`},
		},
		"several operations in an entry": {
			[]tool.Source{entry(t, served(), "query Q { me { id } } query R { me { id } }", "true")},
			[]string{`m.json:7: operation Q (1): "tool" is for a document with one operation: others are marked by @tool`},
		},
		"no mark of a manifest": {
			[]tool.Source{
				entry(t, served(), "query Q { me { id } }", "false"), entry(t, served(), "query Q { me { id } }", "null"),
				entry(t, served(), "query Q { me { id } }", `"Q"`), entry(t, served(), "query Q { me { id } }", `{"name":"a","name":"b"}`),
			},
			[]string{
				`m.json:7: operation Q (1): "tool" must be true or an object`, `m.json:7: operation Q (1): "tool" must be true or an object`,
				`m.json:7: operation Q (1): "tool" must be true or an object`, `m.json:7: operation Q (1): "tool" must be true or an object`,
			},
		},
		"members that are wrong": {
			[]tool.Source{entry(t, served(), "query Q { me { id } }", `{"label":"a","scopes":"a","title":1,"mutation":"yes","description":null}`)},
			[]string{
				`m.json:7: operation Q (1): a tool has no member "label"`, "m.json:7: operation Q (1): mutation must be true or false",
				"m.json:7: operation Q (1): scopes must be a list of texts", "m.json:7: operation Q (1): title must be a text",
			},
		},
		"scopes that nobody has": {
			[]tool.Source{
				file(t, served(), "a.graphql", `query Q @tool(scopes: ["a b"]) { me { id } }`),
				entry(t, served(), "query Q { me { id } }", `{"scopes":[""]}`), entry(t, served(), "query Q { me { id } }", `{"scopes":[1]}`),
			},
			[]string{
				"a.graphql:1: a scope is a word without blanks, such as orders:read", "m.json:7: operation Q (1): a scope is a word without blanks, such as orders:read",
				"m.json:7: operation Q (1): a scope is a word without blanks, such as orders:read",
			},
		},
		"a mark that depends on variables": {
			[]tool.Source{file(t, served(), "a.graphql", `query Q($n: String, $s: String!) @tool(title: $n, scopes: [$s]) { me { id } }`)},
			[]string{
				"a.graphql:1: title must be the same for every call: no variable", "a.graphql:1: scopes must be the same for every call: no variable",
			},
		},
		"parts that come later": {
			[]tool.Source{file(t, served(), "a.graphql", `query Q @tool { me { id ... on User { ...f } } } fragment f on User { ... @defer { name } }`)},
			[]string{"a.graphql:1: @defer cannot be in a tool: a call has one answer"},
		},
		"what describes the schema": {
			[]tool.Source{file(t, served(), "a.graphql", `query Q @tool(description: "d") { __typename __schema { types { name } } t: __type(name: "User") { name } }`)},
			[]string{
				"a.graphql:1: __schema is for GraphQL clients, and tools are described otherwise",
				"a.graphql:1: __type is for GraphQL clients, and tools are described otherwise",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, wrong := tool.Compile(served(), pages, c.sources)
			var got []string
			for _, each := range wrong {
				got = append(got, fmt.Sprintf("%s:%d: %s", each.File, each.Line, each.Message))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAToolThatNothingDescribesIsAMistake(t *testing.T) {
	set, wrong := tool.Compile(shop(t), pages, []tool.Source{entry(t, shop(t), `query Q { count }`, "true")})
	if len(set.All()) > 0 || len(wrong) != 1 || !strings.HasSuffix(wrong[0].Message, "nothing says what it is for: it needs a description") {
		t.Errorf("got %v", wrong)
	}
}

func TestThereIsAnEndToTools(t *testing.T) {
	sources := make([]tool.Source, tool.MaxTools+2)
	for i := range sources {
		sources[i] = file(t, served(), "a.graphql", fmt.Sprintf("query Q%d @tool { me { id } }", i))
	}
	set, wrong := tool.Compile(served(), pages, sources)
	if len(set.All()) != tool.MaxTools || len(wrong) != 1 || wrong[0].Message != "there are more than 500 tools" {
		t.Errorf("there are %d tools, and mistakes: %v", len(set.All()), wrong)
	}
}

func TestArgumentsThatDoNotFitAreToldByTheirPlace(t *testing.T) {
	made := compile(t, served(), file(t, served(), "order.graphql", order))
	for arguments, want := range map[string]string{
		"":                         "/id in the object of arguments is needed",
		`{"id":"1","lines":101}`:   "/lines in the object of arguments must lie between 0 and 100",
		`{"id":"1","lines":-1}`:    "/lines in the object of arguments must lie between 0 and 100",
		`{"id":"1","limit":1}`:     `the object of arguments has no member "limit"`,
		`{"id":"1","lines":"ten"}`: "/lines in the object of arguments must be a whole number of 32 bits",
	} {
		if _, err := made.Variables([]byte(arguments)); problem.KindOf(err) != problem.BadInput || problem.From(err).Public() != want {
			t.Errorf("%s: got %v, want %s", arguments, err, want)
		}
	}
	got, err := made.Variables([]byte(`{"id":"1","lines":100}`))
	if diff := cmp.Diff(map[string]any{"id": "1", "lines": int64(100)}, got); err != nil || diff != "" {
		t.Errorf("got %v: %s", err, diff)
	}
	none := compile(t, served(), file(t, served(), "a.graphql", "query Q @tool { me { id } }"))
	if got, err := none.Variables(nil); err != nil || len(got) != 0 {
		t.Errorf("no arguments are %v, %v", got, err)
	}
}

// FuzzManifestMark: whatever a manifest says, there is one tool or there are mistakes, and its schemas are JSON.
func FuzzManifestMark(f *testing.F) {
	for _, seed := range []string{"", "true", "{}", `{"name":"a"}`, `{"name":1,"x":[]}`, `{"scopes":["a"],"mutation":null}`, "[", `{"title":"\ud800"}`} {
		f.Add(seed)
	}
	schema := served()
	source := entry(f, schema, "query Q($id: ID!) { user(id: $id) { id } }", "")
	f.Fuzz(func(t *testing.T, mark string) {
		source.Tool = mark
		set, wrong := tool.Compile(schema, pages, []tool.Source{source})
		if tools := len(set.All()); mark != "" && (tools == 1) == (len(wrong) > 0) || tools > 1 {
			t.Errorf("there are %d tools, and mistakes: %v", tools, wrong)
		}
		for _, each := range set.All() {
			if !json.Valid(each.Input) || !json.Valid(each.Output) || each.Name == "" || each.Description == "" {
				t.Errorf("it is no tool: %+v", each)
			}
		}
	})
}
