package composed

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/document"
	"github.com/concierge-gateway/concierge/graph"
	builtin "github.com/concierge-gateway/concierge/schema"
)

// served is the schema of the gateway.
func served() *ast.Schema { return graph.NewExecutableSchema(graph.Config{}).Schema() }

// shop is a schema with what the gateway's has not: interfaces, lists of lists, inputs that hold each other.
func shop(t testing.TB) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "shop", Input: `
		scalar Date
		enum Colour { RED GREEN }
		interface Thing { "Its id." id: ID! }
		type Box implements Thing { id: ID! size: Int errors: Int }
		type Bag implements Thing { id: ID! colour: Colour! }
		input Filter { "Smallest size." least: Int! not: Filter colour: Colour = RED tags: [String!] }
		type Payload { box: Box userErrors: [Mistake!]! }
		type Mistake { code: String! }
		type Query {
			thing(id: ID! filter: Filter ids: [ID!] grid: [[Int!]!] sizes: [Int] day: Date colour: Colour on: Boolean weight: Float): Thing
			things: [Thing!]!
			box: Box
			count: Int
		}
		type Mutation { pack(filter: Filter!): Payload  empty(id: ID!): Box }
		type Subscription { box: Box }
	`})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func load(t testing.TB, schema *ast.Schema, text string) *Operation {
	t.Helper()
	operations, err := Load(fstest.MapFS{"test.graphql": {Data: []byte(text)}}, schema, document.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if len(operations) != 1 {
		t.Fatalf("there are %d operations", len(operations))
	}
	return operations[0]
}

func TestTheOperationsThatComeWithTheGatewayHaveNoMistake(t *testing.T) {
	operations, err := Load(builtin.Operations(), served(), document.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range operations {
		got = append(got, fmt.Sprintf("%s %s %s %s", o.Place, o.Name, o.Method, o.Path))
		if o.Description == "" || o.Example == nil {
			t.Errorf("%s has no description or no example", o.Name)
		}
		for _, p := range o.Parameters() {
			if p.Description == "" {
				t.Errorf("%s: %s has no description", o.Name, p.Name)
			}
		}
		if strings.Contains(o.Text, "@endpoint") {
			t.Errorf("%s still says @endpoint: %s", o.Name, o.Text)
		}
	}
	want := []string{
		"operations/my_orders.graphql:2 MyOrders GET /v2/me/orders",
		"operations/order_summary.graphql:2 OrderSummary GET /v2/orders/{id}/summary",
		"operations/place_order.graphql:4 PlaceOrder POST /v2/orders",
		"operations/user_summary.graphql:2 UserSummary GET /v2/users/{id}/summary",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheServedSchemaDoesNotKnowTheDirective(t *testing.T) {
	schema := served()
	if _, err := Load(builtin.Operations(), schema, document.DefaultLimits()); err != nil {
		t.Fatal(err)
	}
	if schema.Directives["endpoint"] != nil || schema.Types["EndpointMethod"] != nil || schema.Types["EndpointExample"] != nil {
		t.Error("the schema was changed")
	}
}

func TestThereMayBeNoOperations(t *testing.T) {
	operations, err := Load(fstest.MapFS{"readme.md": {}}, served(), document.DefaultLimits())
	if err != nil || len(operations) != 0 {
		t.Errorf("got %d operations, %v", len(operations), err)
	}
}

func TestAnOperationTakesAlongTheFragmentsThatItSpreads(t *testing.T) {
	operations, err := Load(fstest.MapFS{"both.graphql": {Data: []byte(`
		query A @endpoint(path: "/a") { box { ...one } }
		query B @endpoint(path: "/b") { box { ...other } }
		fragment one on Box { id ...deep }
		fragment deep on Box { size }
		fragment other on Box { id }
	`)}}, shop(t), document.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{{"fragment one", "fragment deep"}, {"fragment other"}} {
		text := operations[i].Text
		for _, fragment := range want {
			if !strings.Contains(text, fragment) {
				t.Errorf("%s lacks %s", text, fragment)
			}
		}
		if got := strings.Count(text, "fragment "); got != len(want) {
			t.Errorf("%s has %d fragments", text, got)
		}
	}
}

func TestMistakesOfOperations(t *testing.T) {
	query := func(rest string) string { return "query Q" + rest }
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"no GraphQL":                {"query Q {", []string{"q.graphql:1: Expected Name, found <EOF>"}},
		"a file without operations": {"", []string{"q.graphql:1: there is no operation in it"}},
		"a fragment alone": {
			"fragment f on Box { id }",
			[]string{"q.graphql:1: there is no operation in it", `q.graphql:1: Fragment "f" is never used.`},
		},
		"no name":      {`query @endpoint(path: "/a") { box { id } }`, []string{"q.graphql:1: an operation here needs a name"}},
		"the shortest": {`{ box { id } }`, []string{"q.graphql:1: an operation here needs a name", `q.graphql:1: it is no endpoint: add @endpoint(path: "/...")`}},
		"no endpoint":  {query(` { box { id } }`), []string{`q.graphql:1 Q: it is no endpoint: add @endpoint(path: "/...")`}},
		"no path": {
			query(` @endpoint { box { id } }`),
			[]string{`q.graphql:1: Directive "@endpoint" argument "path" of type "String!" is required, but it was not provided.`},
		},
		"a path that is none": {
			query(` @endpoint(path: "a") { box { id } }`), []string{`q.graphql:1 Q: a path begins with /, such as "/v2/orders/{id}"`},
		},
		"a path that varies": {
			query(`($p: String! = "/x") @endpoint(path: $p) { box { id } }`),
			[]string{
				`q.graphql:1 Q: a path begins with /, such as "/v2/orders/{id}"`,
				`q.graphql:1 Q: Variable "$p" is never used in operation "Q".`,
			},
		},
		"a brace without its pair": {
			query(`($id: ID!) @endpoint(path: "/a/{id") { thing(id: $id) { id } }`),
			[]string{"q.graphql:1 Q: the path /a/{id: its braces are not in pairs"},
		},
		"a parameter that is no variable": {
			query(`($id: ID!) @endpoint(path: "/a/{ids}") { thing(id: $id) { id } }`),
			[]string{"q.graphql:1 Q: the path's {ids} is no variable of the operation"},
		},
		"a parameter twice": {
			query(`($id: ID!) @endpoint(path: "/a/{id}/{id}") { thing(id: $id) { id } }`),
			[]string{"q.graphql:1 Q: the path names {id} twice"},
		},
		"a list in the path": {
			query(`($ids: [ID!]) @endpoint(path: "/a/{ids}") { thing(id: 1, ids: $ids) { id } }`),
			[]string{"q.graphql:1 Q: $ids is a [ID!], which cannot stand in a path"},
		},
		"an object in the query": {
			query(`($f: Filter!) @endpoint(path: "/a") { thing(id: 1, filter: $f) { id } }`),
			[]string{"q.graphql:1 Q: $f is a Filter!, which cannot stand in a query: only POST, PUT and PATCH have a body"},
		},
		"a list of objects in the query of a DELETE": {
			`mutation M($f: Filter!) @endpoint(path: "/a", method: DELETE) { pack(filter: $f) { userErrors { code } } }`,
			[]string{"q.graphql:1 M: $f is a Filter!, which cannot stand in a query: only POST, PUT and PATCH have a body"},
		},
		"a list of lists in the query": {
			query(`($g: [[Int!]!]) @endpoint(path: "/a") { thing(id: 1, grid: $g) { id } }`),
			[]string{"q.graphql:1 Q: $g is a list of lists, which cannot stand in a query"},
		},
		"a query by PUT": {
			query(` @endpoint(path: "/a", method: PUT) { box { id } }`), []string{"q.graphql:1 Q: a query is called by GET, POST, not by PUT"},
		},
		"a mutation by GET": {
			`mutation M @endpoint(path: "/a", method: GET) { empty(id: 1) { id } }`,
			[]string{"q.graphql:1 M: a mutation is called by POST, PUT, PATCH, DELETE, not by GET"},
		},
		"a method that there is not": {
			query(` @endpoint(path: "/a", method: TRACE) { box { id } }`),
			[]string{`q.graphql:1: Value "TRACE" does not exist in "EndpointMethod" enum.`},
		},
		"a subscription": {
			`subscription S @endpoint(path: "/a") { box { id } }`,
			[]string{`q.graphql:1: Directive "@endpoint" may not be used on SUBSCRIPTION.`},
		},
		"a field that there is not": {
			query(" @endpoint(path: \"/a\") {\n  box { id nothing }\n}"),
			[]string{`q.graphql:2: Cannot query field "nothing" on type "Box".`},
		},
		"a number as the answer": {
			query(` @endpoint(path: "/a") { count }`), []string{"q.graphql:1 Q: count is a Int, and the answer has to be an object"},
		},
		"a list as the answer": {
			query(` @endpoint(path: "/a") { all: things { id } }`),
			[]string{"q.graphql:1 Q: all is a [Thing!]!, and the answer has to be an object"},
		},
		"introspection": {
			query(` @endpoint(path: "/a") { __schema { description } }`), []string{"q.graphql:1 Q: __schema is for GraphQL clients"},
		},
		"a root that may be left out": {
			query(`($on: Boolean!) @endpoint(path: "/a") { ...f @include(if: $on) } fragment f on Query { box { id } }`),
			[]string{"q.graphql:1 Q: box may be left out: @skip and @include can stand below it"},
		},
		"a member errors in an object": {
			query(` @endpoint(path: "/a") { box { id errors } }`),
			[]string{"q.graphql:1 Q: the answer has a member errors, which is where failures are told: give it another name"},
		},
		"a member errors by its alias, in a fragment": {
			query(` @endpoint(path: "/a") { thing(id: 1) { ...on Bag { errors: colour } } }`),
			[]string{"q.graphql:1 Q: the answer has a member errors, which is where failures are told: give it another name"},
		},
		"a member errors among the roots": {
			query(` @endpoint(path: "/a") { errors: box { id } count }`),
			[]string{"q.graphql:1 Q: the answer has a member errors, which is where failures are told: give it another name"},
		},
		"two things at once": {
			`mutation M @endpoint(path: "/a") { a: empty(id: 1) { id } b: empty(id: 2) { id } }`,
			[]string{"q.graphql:1 M: it does 2 things, and an endpoint does one: what was done of them could not be told by a status"},
		},
		"no userErrors": {
			`mutation M @endpoint(path: "/a") { pack(filter: {least: 1}) { box { id } } }`,
			[]string{"q.graphql:1 M: pack does not select userErrors: a client would not learn why nothing was done"},
		},
		"a scope with a blank": {
			query(` @endpoint(path: "/a", scopes: ["ok", "not ok", ""]) { box { id } }`),
			[]string{
				"q.graphql:1 Q: a scope is a word without blanks, such as orders:read",
				"q.graphql:1 Q: a scope is a word without blanks, such as orders:read",
			},
		},
		"an example that is no object": {
			query(` @endpoint(path: "/a", example: "{}") { box { id } }`),
			[]string{`q.graphql:1 Q: an example is an object of values, such as {id: "1"}`},
		},
		"an example of another operation": {
			query(`($id: ID!) @endpoint(path: "/a", example: {key: 1}) { thing(id: $id) { id } }`),
			[]string{`q.graphql:1 Q: the example has no member "key"`},
		},
		"an example without what is needed": {
			query(`($id: ID!) @endpoint(path: "/a", example: {}) { thing(id: $id) { id } }`),
			[]string{"q.graphql:1 Q: /id in the example is needed"},
		},
		"an example of another type": {
			query(`($on: Boolean) @endpoint(path: "/a", example: {on: "yes"}) { thing(id: 1, on: $on) { id } }`),
			[]string{"q.graphql:1 Q: /on in the example must be true or false"},
		},
		"more than the limits allow": {
			query(` @endpoint(path: "/a") { box { ` + strings.Repeat("id ", 501) + ` } }`),
			[]string{"q.graphql:1 Q: the operation selects 502 fields where 500 are allowed"},
		},
		"more tokens than the limits allow": {
			query(` @endpoint(path: "/a") { box { ` + aliases(1700) + ` } }`),
			[]string{"q.graphql:1 Q: it has more than the 5000 tokens that are allowed"},
		},
		"a name and a path twice": {
			`query Q($id: ID!) @endpoint(path: "/a/{id}") { thing(id: $id) { id } }
			 query R($key: ID!) @endpoint(path: "/a/{key}") { thing(id: $key) { id } }
			 mutation R @endpoint(path: "/a/x") { empty(id: 1) { id } }`,
			[]string{
				"q.graphql:2 R: its method and path lead to the operation at q.graphql:1 too",
				`q.graphql:3: There can be only one operation named "R".`,
				"q.graphql:3 R: its name stands at q.graphql:2 too",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			operations, err := Load(fstest.MapFS{"q.graphql": {Data: []byte(c.text)}}, shop(t), document.DefaultLimits())
			mistakes, ok := errors.AsType[Mistakes](err)
			if !ok {
				t.Fatalf("got %v and %d operations", err, len(operations))
			}
			if diff := cmp.Diff(c.want, strings.Split(mistakes.Error(), "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// aliases are n fields, of three tokens each.
func aliases(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "a%d:id ", i)
	}
	return text.String()
}

func TestMistakesOfAllFilesAreReportedTogether(t *testing.T) {
	operations, err := Load(fstest.MapFS{
		"b.graphql":   {Data: []byte("query Same @endpoint(path: \"/b\") { box { id } }")},
		"a/a.graphql": {Data: []byte("query Same @endpoint(path: \"/a\") { box { id } }\n\nquery Bad { box { id } }")},
		"c.graphql":   {Data: []byte("query C @endpoint(path: \"/c\") { box { id } }")},
		"d.graphql":   {Data: []byte("}")},
		"e.txt":       {Data: []byte("}")},
	}, shop(t), document.DefaultLimits())
	want := `a/a.graphql:3 Bad: it is no endpoint: add @endpoint(path: "/...")
b.graphql:1 Same: its name stands at a/a.graphql:1 too
d.graphql:1: Unexpected }`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	var names []string
	for _, o := range operations {
		names = append(names, o.Name)
	}
	if diff := cmp.Diff([]string{"Same", "C"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestFilesThatCannotBeReadAreNoMistakes(t *testing.T) {
	_, err := Load(unreadable{}, shop(t), document.DefaultLimits())
	if _, mistakes := errors.AsType[Mistakes](err); err == nil || mistakes || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

type unreadable struct{}

func (unreadable) Open(string) (fs.File, error) { return nil, fs.ErrPermission }
