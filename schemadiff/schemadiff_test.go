package schemadiff

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// compared are the changes between two schemas, in lines.
func compared(t testing.TB, before, after string) string {
	t.Helper()
	var lines []string
	for _, change := range Compare(load(t, before), load(t, after)) {
		lines = append(lines, fmt.Sprintf("%s %s %s", change.Severity, change.Kind, change.Coordinate))
	}
	return strings.Join(lines, "\n")
}

func load(t testing.TB, text string) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: text})
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return schema
}

// What a case is about stands in a query's argument or field, so that clients meet it.
func TestEachChangeIsTold(t *testing.T) {
	const q = "type Query { a: Int } "
	for _, c := range []struct{ before, after, want string }{
		{q, q, ""},
		{"type Query { a: Int b: Int }", q, "breaking FIELD_REMOVED Query.b"},
		{q, "type Query { a: Int b: Int }", "safe FIELD_ADDED Query.b"},
		{"type Query { a: Int }", "type Query { a: String }", "breaking FIELD_CHANGED_KIND Query.a"},
		{"type Query { a: Int! }", "type Query { a: Int }", "breaking FIELD_CHANGED_KIND Query.a"},
		{"type Query { a: Int }", "type Query { a: Int! }", "safe FIELD_CHANGED_KIND_SAFELY Query.a"},
		{"type Query { a: [Int] }", "type Query { a: [Int!]! }", "safe FIELD_CHANGED_KIND_SAFELY Query.a"},
		{"type Query { a: [Int!] }", "type Query { a: [Int] }", "breaking FIELD_CHANGED_KIND Query.a"},
		{"type Query { a: Int }", "type Query { a: [Int] }", "breaking FIELD_CHANGED_KIND Query.a"},
		{q, "type Query { a(x: Int): Int }", "dangerous OPTIONAL_ARG_ADDED Query.a(x:)"},
		{q, "type Query { a(x: Int! = 1): Int }", "dangerous OPTIONAL_ARG_ADDED Query.a(x:)"},
		{q, "type Query { a(x: Int!): Int }", "breaking REQUIRED_ARG_ADDED Query.a(x:)"},
		{"type Query { a(x: Int): Int }", q, "breaking ARG_REMOVED Query.a(x:)"},
		{"type Query { a(x: Int): Int }", "type Query { a(x: Int!): Int }", "breaking ARG_CHANGED_KIND Query.a(x:)"},
		{"type Query { a(x: Int!): Int }", "type Query { a(x: Int): Int }", "safe ARG_CHANGED_KIND_SAFELY Query.a(x:)"},
		{"type Query { a(x: Int): Int }", "type Query { a(x: [Int]): Int }", "breaking ARG_CHANGED_KIND Query.a(x:)"},
		{"type Query { a(x: [Int!]!): Int }", "type Query { a(x: [Int]): Int }", "safe ARG_CHANGED_KIND_SAFELY Query.a(x:)"},
		{"type Query { a(x: Int): Int }", "type Query { a(x: Float): Int }", "breaking ARG_CHANGED_KIND Query.a(x:)"},
		{"type Query { a(x: Int = 1): Int }", "type Query { a(x: Int = 2): Int }", "dangerous ARG_DEFAULT_VALUE_CHANGE Query.a(x:)"},
		{"type Query { a(x: Int = 1): Int }", "type Query { a(x: Int): Int }", "dangerous ARG_DEFAULT_VALUE_CHANGE Query.a(x:)"},
		{"type Query { a(x: Int! = 1): Int }", "type Query { a(x: Int!): Int }", "breaking ARG_DEFAULT_REMOVED Query.a(x:)"},
		{
			"input I { a: Int b: Int } type Query { a(x: I = {a: 1, b: 2}): Int }",
			"input I { a: Int b: Int } type Query { a(x: I = {b: 2, a: 1}): Int }", "",
		},
		{q + "type Mutation { a: Int }", q, "breaking ROOT_REMOVED Mutation\nbreaking TYPE_REMOVED Mutation"},
		{q, q + "type Subscription { a: Int }", "safe ROOT_ADDED Subscription\nsafe TYPE_ADDED Subscription"},
		{
			q, "type Root { a: Int } schema { query: Root }",
			"breaking ROOT_CHANGED Query\nbreaking TYPE_REMOVED Query\nsafe TYPE_ADDED Root",
		},
		{"scalar S type Query { a: Int }", q, "breaking TYPE_REMOVED S"},
		{"type T { a: Int } type Query { a: T }", "interface T { a: Int } type Query { a: T }", "breaking TYPE_CHANGED_KIND T"},
		{
			`scalar S type Query { a: S }`, `scalar S @specifiedBy(url: "u") type Query { a: S }`,
			"dangerous SCALAR_SPECIFICATION_CHANGED S",
		},
		{"enum E { A B } type Query { a: E }", "enum E { A } type Query { a: E }", "breaking VALUE_REMOVED_FROM_ENUM E.B"},
		{"enum E { A } type Query { a: E }", "enum E { A B } type Query { a: E }", "dangerous VALUE_ADDED_TO_ENUM E.B"},
		{"enum E { A } type Query { a(e: E): Int }", "enum E { A B } type Query { a(e: E): Int }", "safe VALUE_ADDED_TO_ENUM E.B"},
		{
			"type A { a: Int } type B { a: Int } union U = A | B type Query { u: U }",
			"type A { a: Int } type B { a: Int } union U = A type Query { u: U }", "breaking TYPE_REMOVED_FROM_UNION U",
		},
		{
			"type A { a: Int } type B { a: Int } union U = A type Query { u: U }",
			"type A { a: Int } type B { a: Int } union U = A | B type Query { u: U }", "dangerous TYPE_ADDED_TO_UNION U",
		},
		{
			"interface I { a: Int } type A implements I { a: Int } type Query { i: I }",
			"interface I { a: Int } type A { a: Int } type Query { i: I }", "breaking IMPLEMENTED_INTERFACE_REMOVED A",
		},
		{
			"interface I { a: Int } type A { a: Int } type Query { i: I }",
			"interface I { a: Int } type A implements I { a: Int } type Query { i: I }", "dangerous IMPLEMENTED_INTERFACE_ADDED A",
		},
		{
			"interface I { a: Int } type A implements I { a: Int } type Query { i: I }",
			"interface I { a: Int } type A implements I { a: Int } type B implements I { a: Int } type Query { i: I }",
			"dangerous IMPLEMENTED_INTERFACE_ADDED B\nsafe TYPE_ADDED B",
		},
		{
			"type Query { a: Int }", "interface I { a: Int } type A implements I { a: Int } type Query { a: Int i: I }",
			"safe TYPE_ADDED A\nsafe TYPE_ADDED I\nsafe FIELD_ADDED Query.i",
		},
		{
			"type A { a: Int } type B { b: Int } union U = A | B type Query { u: U }",
			"type A { a: Int! } type B { b: Int } union U = A | B type Query { u: U }", "breaking FIELD_CHANGED_KIND A.a",
		},
		{
			"type A { a: Int } type B { b: Int } union U = A | B type Query { u: U }",
			"type A { a: Int! } type B { b: Int! } union U = A | B type Query { u: U }",
			"safe FIELD_CHANGED_KIND_SAFELY A.a\nsafe FIELD_CHANGED_KIND_SAFELY B.b",
		},
		{"input I { a: Int b: Int } type Query { a(i: I): Int }", "input I { a: Int } type Query { a(i: I): Int }", "breaking INPUT_FIELD_REMOVED I.b"},
		{
			"input I { a: Int } type Query { a(i: I): Int }", "input I { a: Int b: Int } type Query { a(i: I): Int }",
			"dangerous OPTIONAL_INPUT_FIELD_ADDED I.b",
		},
		{
			"input I { a: Int } type Query { a(i: I): Int }", "input I { a: Int b: Int! } type Query { a(i: I): Int }",
			"breaking REQUIRED_INPUT_FIELD_ADDED I.b",
		},
		{
			"input I { a: Int } type Query { a(i: I): Int }", "input I { a: Int! } type Query { a(i: I): Int }",
			"breaking INPUT_FIELD_CHANGED_KIND I.a",
		},
		{
			"input I { a: Int = 1 } type Query { a(i: I): Int }", "input I { a: Int = 2 } type Query { a(i: I): Int }",
			"dangerous INPUT_FIELD_DEFAULT_VALUE_CHANGE I.a",
		},
		{
			"input I { a: Int } type Query { a(i: I): Int }", "input I @oneOf { a: Int } type Query { a(i: I): Int }",
			"breaking INPUT_BECAME_ONE_OF I",
		},
		{
			"input I @oneOf { a: Int } type Query { a(i: I): Int }", "input I { a: Int } type Query { a(i: I): Int }",
			"safe INPUT_IS_NO_ONE_OF I",
		},
		{"directive @d on FIELD " + q, q, "breaking DIRECTIVE_REMOVED @d"},
		{"directive @d on SCALAR " + q, q, ""},
		{"directive @d(e: E) on SCALAR enum E { A } " + q, q, ""},
		{q, "directive @d on FIELD " + q, "safe DIRECTIVE_ADDED @d"},
		{"directive @d on FIELD | QUERY " + q, "directive @d on FIELD " + q, "breaking DIRECTIVE_LOCATION_REMOVED @d"},
		{"directive @d on FIELD | SCALAR " + q, "directive @d on FIELD " + q, ""},
		{"directive @d on FIELD " + q, "directive @d on FIELD | QUERY " + q, "safe DIRECTIVE_LOCATION_ADDED @d"},
		{"directive @d repeatable on FIELD " + q, "directive @d on FIELD " + q, "breaking DIRECTIVE_REPEATABLE_REMOVED @d"},
		{"directive @d on FIELD " + q, "directive @d repeatable on FIELD " + q, "safe DIRECTIVE_REPEATABLE_ADDED @d"},
		{"directive @d(x: Int) on FIELD " + q, "directive @d on FIELD " + q, "breaking DIRECTIVE_ARG_REMOVED @d(x:)"},
		{"directive @d on FIELD " + q, "directive @d(x: Int!) on FIELD " + q, "breaking REQUIRED_DIRECTIVE_ARG_ADDED @d(x:)"},
		{q, `"About." type Query { "More." a: Int }`, "safe DESCRIPTION_CHANGED Query\nsafe DESCRIPTION_CHANGED Query.a"},
		{q, `type Query { a: Int @deprecated }`, "safe DEPRECATION_ADDED Query.a"},
		{`type Query { a: Int @deprecated }`, q, "safe DEPRECATION_REMOVED Query.a"},
		{`type Query { a: Int @deprecated }`, `type Query { a: Int @deprecated(reason: "b") }`, "safe DEPRECATION_REASON_CHANGED Query.a"},
	} {
		if diff := cmp.Diff(c.want, compared(t, c.before, c.after)); diff != "" {
			t.Errorf("%s\n%s (-want +got):\n%s", c.before, c.after, diff)
		}
	}
}

// The directives of the gateway's own schema that say who may do what.
const declarations = `
directive @public on OBJECT | FIELD_DEFINITION
directive @authenticated on OBJECT | FIELD_DEFINITION
directive @requiresScopes(scopes: [[String!]!]!) on OBJECT | FIELD_DEFINITION
directive @owner(field: String of: String orScopes: [[String!]]) on OBJECT | FIELD_DEFINITION
directive @sensitive(scopes: [[String!]] owner: String as: Redaction! = NULL) on FIELD_DEFINITION
enum Redaction { NULL MASK }
directive @cost(weight: String!) on FIELD_DEFINITION
directive @rateLimit(limit: Int! per: String! by: String! = "PRINCIPAL" cost: Int! = 1 burst: Int) repeatable on FIELD_DEFINITION
directive @cacheControl(maxAge: Int) on FIELD_DEFINITION
directive @listSize(assumedSize: Int slicingArguments: [String!] sizedFields: [String!] requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
`

func TestStricterStatementsAreDangerousAndOthersSafe(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{``, `@public`, ``},
		{``, `@authenticated`, `dangerous ACCESS_TIGHTENED`},
		{`@authenticated`, `@public`, `safe ACCESS_LOOSENED`},
		{`@authenticated`, `@requiresScopes(scopes: [["a"]])`, `dangerous ACCESS_TIGHTENED`},
		{`@requiresScopes(scopes: [["a"]])`, `@authenticated`, `safe ACCESS_LOOSENED`},
		{`@requiresScopes(scopes: [["a"]])`, `@requiresScopes(scopes: [["a"], ["b"]])`, `safe ACCESS_LOOSENED`},
		{`@requiresScopes(scopes: [["a"]])`, `@requiresScopes(scopes: [["a", "b"]])`, `dangerous ACCESS_TIGHTENED`},
		{`@requiresScopes(scopes: [["a"]])`, `@requiresScopes(scopes: [["b"]])`, `dangerous ACCESS_TIGHTENED`},
		{`@requiresScopes(scopes: ["a"])`, `@requiresScopes(scopes: [["a"]])`, ``},
		{`@requiresScopes(scopes: [["a"]])`, `@owner(field: "x", orScopes: [["a"]])`, `safe ACCESS_LOOSENED`},
		{`@owner(field: "x", orScopes: [["a"]])`, `@requiresScopes(scopes: [["a"]])`, `dangerous ACCESS_TIGHTENED`},
		{`@owner(field: "x")`, `@owner(field: "y")`, `dangerous ACCESS_TIGHTENED`},
		{`@owner(field: "x")`, `@owner(field: "x", orScopes: [["a"]])`, `safe ACCESS_LOOSENED`},
		{``, `@sensitive(scopes: [["a"]])`, `dangerous VISIBILITY_TIGHTENED`},
		{`@sensitive(scopes: [["a"]])`, `@sensitive(scopes: [["a"]], owner: "x")`, `safe VISIBILITY_LOOSENED`},
		{`@sensitive(scopes: [["a"]])`, `@sensitive(scopes: [["a"]], as: MASK)`, `dangerous VISIBILITY_TIGHTENED`},
		{`@sensitive(scopes: [["a"]])`, `@sensitive(scopes: [["a"]], as: NULL)`, ``},
		{``, `@rateLimit(limit: 5, per: "1m")`, `dangerous RATE_LIMIT_TIGHTENED`},
		{`@rateLimit(limit: 5, per: "1m")`, `@rateLimit(limit: 6, per: "1m")`, `safe RATE_LIMIT_LOOSENED`},
		{`@rateLimit(limit: 5, per: "1m")`, `@rateLimit(limit: 5, per: "1m", cost: 2)`, `dangerous RATE_LIMIT_TIGHTENED`},
		{`@rateLimit(limit: 5, per: "1m")`, `@rateLimit(limit: 5, per: "1m", burst: 2)`, `dangerous RATE_LIMIT_TIGHTENED`},
		{
			`@rateLimit(limit: 5, per: "1m")`, `@rateLimit(limit: 5, per: "1m") @rateLimit(limit: 1, per: "1s")`,
			`dangerous RATE_LIMIT_TIGHTENED`,
		},
		{``, `@cost(weight: "2")`, `dangerous COST_RAISED`},
		{``, `@cost(weight: "0")`, `safe COST_CHANGED`},
		{`@cost(weight: "2")`, `@cost(weight: "1.5")`, `safe COST_CHANGED`},
		{``, `@listSize(slicingArguments: ["n"])`, `breaking SLICING_ARGUMENT_REQUIRED`},
		{``, `@listSize(slicingArguments: ["n"], requireOneSlicingArgument: false)`, `dangerous LIST_SIZE_CHANGED`},
		{`@listSize(assumedSize: 5)`, `@listSize(assumedSize: 4)`, `safe LIST_SIZE_LOWERED`},
		{`@listSize(assumedSize: 5)`, `@listSize(assumedSize: 6)`, `dangerous LIST_SIZE_CHANGED`},
		{``, `@cacheControl(maxAge: 5)`, `safe CACHING_CHANGED`},
	} {
		schema := func(says string) string { return declarations + `type Query { a(n: Int): Int ` + says + ` }` }
		want := c.want
		if want != "" {
			want += " Query.a"
		}
		if diff := cmp.Diff(want, compared(t, schema(c.before), schema(c.after))); diff != "" {
			t.Errorf("%s\n%s (-want +got):\n%s", c.before, c.after, diff)
		}
	}
}

// A schema that was downloaded from a gateway says nothing of callers.
func TestStatementsThatTheOldSchemaDoesNotDeclareAreNotCompared(t *testing.T) {
	if got := compared(t, `type Query { a: Int }`, declarations+`type Query { a: Int @authenticated }`); got != "" {
		t.Errorf("there are changes:\n%s", got)
	}
}

func TestAChangeStandsWhereItIsFound(t *testing.T) {
	before := gqlparser.MustLoadSchema(&ast.Source{Name: "old", Input: "type Query {\n  a: Int\n  b: Int\n}"})
	after := gqlparser.MustLoadSchema(&ast.Source{Name: "new", Input: "type Query {\n\n\n  a: String\n}"})
	var got []string
	for _, change := range Compare(before, after) {
		got = append(got, fmt.Sprintf("%s:%d %t %s", change.File, change.Line, change.Before, change.Coordinate))
	}
	if diff := cmp.Diff([]string{"new:4 false Query.a", "old:3 true Query.b"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
