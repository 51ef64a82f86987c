package demand_test

import (
	"math"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/concierge-gateway/concierge/demand"
	"github.com/concierge-gateway/concierge/page"
)

// directives are those of the specification, and types without which there is no schema.
const directives = `
	directive @cost(weight: String!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
	directive @listSize(
		assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true
	) on FIELD_DEFINITION
`

var sizes = demand.Sizes{Pages: page.Limits{Default: 20, Max: 100}, List: 7}

func schemaOf(t testing.TB, text string) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: directives + text})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func costsOf(t testing.TB, schema *ast.Schema) *demand.Costs {
	t.Helper()
	costs, err := demand.Read(schema, sizes)
	if err != nil {
		t.Fatal(err)
	}
	return costs
}

// operationOf is the first operation of a valid document, with its variables as an executor has them.
func operationOf(t testing.TB, schema *ast.Schema, text string, variables map[string]any) *graphql.OperationContext {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(schema, text, rules.NewDefaultRules())
	if len(errs) > 0 {
		t.Fatalf("%s: %v", text, errs)
	}
	coerced, err := validator.VariableValues(schema, doc.Operations[0], variables)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0], Variables: coerced}
}

func costOf(t testing.TB, schema, text string, variables map[string]any) int64 {
	t.Helper()
	s := schemaOf(t, schema)
	operation := operationOf(t, s, text, variables)
	return costsOf(t, s).Compile(operation).Cost(operation.Variables)
}

// The examples of the specification. Its type cost and its field cost are added.
func TestTheExamplesOfTheSpecification(t *testing.T) {
	for _, c := range []struct {
		name, schema, query string
		variables           map[string]any
		types, fields       int64
	}{
		{
			"2, a slicing argument", `type User { name: String age: Int @cost(weight: "2.0") }
			type Query { users(max: Int): [User] @listSize(slicingArguments: ["max"]) }`, `query Example { users(max: 5) { age } }`, nil, 6, 11,
		},
		{"10, without the argument", topProducts, `{ topProducts }`, nil, 1, 5},
		{"10, with the argument", topProducts, `{ topProducts(filter: {exact: true}) }`, nil, 1, 20},
		{"10, an argument that is null", topProducts, `query($f: Filter) { topProducts(filter: $f) }`, map[string]any{"f": nil}, 1, 5},
		{"11, exactly", mostPopular, `{ mostPopularProduct { name } }`, nil, 2, 5},
		{"11, approximately", mostPopular, `{ mostPopularProduct(approx: {tolerance: 1}) { name } }`, nil, 2, 2},
		{"12, approximately", topProducts, `{ topProducts(filter: {approx: {tolerance: 1}}) }`, nil, 1, 8},
		{
			"12, by a variable", topProducts, `query($f: Filter) { topProducts(filter: $f) }`,
			map[string]any{"f": map[string]any{"approx": map[string]any{"tolerance": 1}}},
			1, 8,
		},
		{
			"13, an argument of a directive", `directive @approx(tolerance: Float! @cost(weight: "-1.0")) on FIELD
			type Query { a: String @cost(weight: "3") b: String }`, `{ a @approx(tolerance: 1) b @approx(tolerance: 2) }`, nil, 1, 2,
		},
		{"16, an assumed size", `type P { id: ID } type Query { topProducts: [P] @listSize(assumedSize: 10) }`, `{ topProducts { id } }`, nil, 11, 1},
		{"18, a connection", films, `{ films(first: 10) { edges { cursor node { title } } } }`, nil, 1 + 1 + 10 + 10, 1 + 1 + 10},
		{"18, the other argument", films, `{ films(last: 10) { edges { cursor node { title } } } }`, nil, 1 + 1 + 10 + 10, 1 + 1 + 10},
		{"18, by a variable", films, `query($n: Int = 10) { films(first: $n) { pageInfo { more } edges { cursor } } }`, nil, 1 + 1 + 1 + 10, 1 + 1 + 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := costOf(t, c.schema, c.query, c.variables); got != c.types+c.fields {
				t.Errorf("it costs %d, want %d for types and %d for fields", got, c.types, c.fields)
			}
		})
	}
}

const (
	topProducts = `input Approximate { tolerance: Int } input Filter { exact: Boolean approx: Approximate @cost(weight: "-12.0") }
		type Query { topProducts(filter: Filter @cost(weight: "15.0")): [String] @cost(weight: "5.0") @listSize(assumedSize: 10) }`
	mostPopular = `input Approximate { tolerance: Int @cost(weight: "0") } type Product { name: String }
		type Query { mostPopularProduct(approx: Approximate @cost(weight: "-3.0")): Product @cost(weight: "5.0") }`
	films = `type Film { title: String } type FilmEdge { cursor: ID node: Film } type PageInfo { more: Boolean }
		type FilmConnection { edges: [FilmEdge] pageInfo: PageInfo }
		type Query { films(first: Int, after: ID, last: Int, before: ID): FilmConnection
			@listSize(slicingArguments: ["first", "last"], sizedFields: ["edges"]) }`
)

func TestListsAreAsLongAsIsSaid(t *testing.T) {
	const schema = `type A @cost(weight: "1") { id: ID }
		type Page { nodes: [A] @cost(weight: "0") }
		type Query {
			plain: [A] @cost(weight: "0")
			assumed: [A] @cost(weight: "0") @listSize(assumedSize: 3)
			backed(n: Int): [A] @cost(weight: "0") @listSize(assumedSize: 3, slicingArguments: ["n"], requireOneSlicingArgument: false)
			usual(n: Int = 4): [A] @cost(weight: "0") @listSize(slicingArguments: ["n"])
			two(m: Int, n: Int): [A] @cost(weight: "0") @listSize(slicingArguments: ["m", "n"], requireOneSlicingArgument: false)
			lists: [[A]] @cost(weight: "0") @listSize(assumedSize: 3)
			words: [Word] @listSize(assumedSize: 3)
			word: Word
			page(first: Int): Page @cost(weight: "-0.0")
				@listSize(slicingArguments: ["first"], sizedFields: ["nodes"], requireOneSlicingArgument: false)
		}
		scalar Word @cost(weight: "0.5")`
	for query, want := range map[string]int64{
		`{ plain { id } }`:                                          7,
		`{ assumed { id } }`:                                        3,
		`{ backed { id } }`:                                         3,
		`{ backed(n: 9) { id } }`:                                   9,
		`{ backed(n: 0) { id } }`:                                   0,
		`{ usual { id } }`:                                          4,
		`{ usual(n: 2) { id } }`:                                    2,
		`query($n: Int) { usual(n: $n) { id } }`:                    4,
		`query($n: Int) { backed(n: $n) { id } }`:                   3,
		`query($n: Int = 8) { backed(n: $n) { id } }`:               8,
		`{ two(m: 2, n: 5) { id } }`:                                5,
		`query($n: Int = 8) { two(m: 2, n: $n) { id } }`:            8,
		`{ lists { id } }`:                                          21,
		`{ words }`:                                                 2, // 1.5, rounded up
		`{ a: word b: word c: word }`:                               2,
		`{ page { nodes { id } } }`:                                 21,
		`{ page(first: null) { nodes { id } } }`:                    21,
		`{ page(first: 5) { nodes { id } } }`:                       6,
		`{ page(first: 500) { nodes { id } } }`:                     101,
		`{ page(first: -5) { nodes { id } } }`:                      1,
		`query($n: Int = 500) { page(first: $n) { nodes { id } } }`: 101,
		`{ page(first: 5) { a: nodes { id } b: nodes { id } nodes { id } nodes { __typename } } }`: 16,
	} {
		if got := costOf(t, schema, query, nil) - 1; got != want { // the query itself is 1
			t.Errorf("%s costs %d, want %d", query, got, want)
		}
	}
}

func TestOfAnInterfaceTheMostCostlyObjectCounts(t *testing.T) {
	const schema = `interface I { id: ID } union U = A | B
		type A implements I @cost(weight: "5") { id: ID a: B }
		type B implements I { id: ID @cost(weight: "2") }
		type Query { i: I @cost(weight: "0") u: U @cost(weight: "0") }`
	for query, want := range map[string]int64{
		`{ i { __typename } }`:                                         5,
		`{ i { id } }`:                                                 5, // and not 3
		`{ i { ... on B { id } } }`:                                    5,
		`{ u { ... on B { x: id y: id z: id } } }`:                     7,
		`{ i { ... on A { a { id } } } }`:                              9,
		`{ i { ... on I { id } ... on U { ... on A { a { id } } } } }`: 9,
	} {
		if got := costOf(t, schema, query, nil) - 1; got != want {
			t.Errorf("%s costs %d, want %d", query, got, want)
		}
	}
}

func TestWhatIsLeftOutCostsNothing(t *testing.T) {
	const schema = `type A { a: A } type Query { a: A }`
	const query = `query($no: Boolean = false) { a { ...F @include(if: $no) b: a @skip(if: true) { a { __typename } } } } fragment F on A { a { a { __typename } } }`
	for no, want := range map[bool]int64{false: 3, true: 7} {
		if got := costOf(t, schema, query, map[string]any{"no": no}); got != want {
			t.Errorf("with %t it costs %d, want %d", no, got, want)
		}
	}
	if got := costOf(t, schema, `{ __schema { types { fields { type { name } } } } __type(name: "A") { name } }`, nil); got != 1 {
		t.Errorf("a look at the schema costs %d, want 1 for the query", got)
	}
}

func TestCountingStopsBeforeItOverflows(t *testing.T) {
	const schema = `type A { a(n: Int): [A] @cost(weight: "1000000") @listSize(slicingArguments: ["n"]) } type Query { a: A }`
	deep := `{ a {` + strings.Repeat("a(n: 2147483647) { ", 40) + "__typename" + strings.Repeat("}", 40) + "}}"
	if got := costOf(t, schema, deep, nil); got != demand.Countless {
		t.Errorf("it costs %d", got)
	}
	const wide = `interface I { i: I } type Query { i: I }` +
		` type A implements I { i: I } type B implements I { i: I } type C implements I { i: I } type D implements I { i: I }`
	deep = `{ i {` + strings.Repeat("i {", 10) + "__typename" + strings.Repeat("}", 10) + "}}"
	if got := costOf(t, wide, deep, nil); got != demand.Countless {
		t.Errorf("it costs %d", got)
	}
}

func TestWhatIsNotKnownCountsAsTheMost(t *testing.T) {
	s := schemaOf(t, `type A { id: ID } type Page { nodes: [A] } input In { x: Int }
		type Query { page(first: Int, in: In): Page @listSize(slicingArguments: ["first"], sizedFields: ["nodes"]) }`)
	operation := operationOf(t, s, `query($n: Int = 3, $in: In) { page(first: $n, in: $in) { nodes { id } } }`, nil)
	tree := costsOf(t, s).Compile(operation)
	if got, most := tree.Cost(operation.Variables), tree.Most(); got != 1+1+1+1+3 || most != 1+1+1+1+1+100 {
		t.Errorf("it costs %d, and %d at most", got, most)
	}
}

func TestMistakesAreToldAllAtOnce(t *testing.T) {
	const schema = `
		interface I @cost(weight: "1") { a: Int @cost(weight: "1") }
		union U @cost(weight: "1") = A
		input In @cost(weight: "1") { x: Int @cost(weight: "one") }
		enum E @cost(weight: "-1") { X }
		type A implements I @cost(weight: "NaN") { a: Int @cost(weight: "-1") }
		type Page { nodes: [A] one: A }
		type Query {
			a(x: Int @cost(weight: "1e9")): A @cost(weight: "0.0001")
			b: A @listSize(assumedSize: 1)
			c: [A] @listSize(assumedSize: -1)
			d(n: Int, s: String): [A] @listSize(slicingArguments: ["n", "s", "m"], requireOneSlicingArgument: false)
			e: Page @listSize(assumedSize: 1, sizedFields: ["nodes", "one", "none"])
			f(n: Int): [A] @listSize(assumedSize: 1, slicingArguments: ["n"])
			g(n: Int = 1): [A] @listSize(assumedSize: 1, slicingArguments: ["n"], requireOneSlicingArgument: false)
		}`
	// gqlparser would refuse some of them itself, by the locations of the directive.
	everywhere := strings.Replace(directives, "| SCALAR", "| SCALAR | INTERFACE | UNION | INPUT_OBJECT", 1)
	parsed, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: everywhere + schema})
	if err != nil {
		t.Fatal(err)
	}
	_, mistaken := demand.Read(parsed, sizes)
	const beyond = "@listSize: assumedSize holds where no slicing argument is given, so none may have a default, and requireOneSlicingArgument must be false"
	want := []string{
		`A: @cost: its weight NaN is beyond 1000000`,
		`E: @cost: only arguments and fields of inputs may have a negative weight`,
		`I: @cost cannot stand on interfaces, their fields, unions and inputs`,
		`I.a: @cost cannot stand on interfaces, their fields, unions and inputs`,
		`In: @cost cannot stand on interfaces, their fields, unions and inputs`,
		`In.x: @cost: its weight "one" is no number`,
		`U: @cost cannot stand on interfaces, their fields, unions and inputs`,
		`A.a: @cost: only arguments and fields of inputs may have a negative weight`,
		`Query.a: @cost: its weight 0.0001 has more than three decimals`,
		`Query.a(x:): @cost: its weight 1e9 is beyond 1000000`,
		`Query.b: @listSize: it is no list, so sizedFields must say which of its fields are`,
		`Query.c: @listSize: assumedSize must lie between 0 and 2147483647`,
		`Query.d: @listSize: the argument s is no Int`,
		`Query.d: @listSize: there is no argument m`,
		`Query.e: @listSize: Page.one is no list`,
		`Query.e: @listSize: Page has no field none`,
		`Query.f: ` + beyond,
		`Query.g: ` + beyond,
	}
	if mistaken == nil {
		t.Fatal("it has no mistakes")
	}
	if diff := cmp.Diff(want, strings.Split(mistaken.Error(), "\n")); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

func TestLongListsOfListsDoNotOverflow(t *testing.T) {
	schema := schemaOf(t, `type O { id: ID } type Query { all(n: Int): [[[O]]] @listSize(slicingArguments: ["n"]) }`)
	costs, err := demand.Read(schema, demand.Sizes{Pages: sizes.Pages, List: 10_000_000})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{2, 1_000_000, 2_000_000_000, math.MaxInt32} {
		operation := operationOf(t, schema, `query($n: Int) { all(n: $n) { id } }`, map[string]any{"n": n})
		if got := costs.Compile(operation).Cost(operation.Variables); got != demand.Countless {
			t.Errorf("with %d of them it costs %d", n, got)
		}
	}
}
