package coordinates

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

const shop = `
directive @part(of: Size) on FIELD | FRAGMENT_DEFINITION | VARIABLE_DEFINITION
directive @from(members: [String!]) on FIELD_DEFINITION
scalar Day
enum Size { S M @deprecated(reason: "use L") L }
interface Node { id: ID! }
type Shirt implements Node { id: ID! size(in: String, near: Near): Size old: Day @deprecated }
type Hat implements Node { id: ID! }
union Ware = Shirt | Hat
input Near { size: Size! next: Near days: [Day!] }
type Query { node(id: ID!): Node ware(near: Near, sizes: [Size!], day: Day): Ware }
type Mutation { sell(near: [Near!]!): Boolean }
`

func TestAnOperationUsesWhatStandsInIt(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: shop})
	for query, want := range map[string]string{
		`{ __typename __schema { types { name } } }`: `Query`,
		`{ n: node(id: 1) { __typename id } }`:       `ID Node Node.id Query Query.node Query.node(id:)`,
		`{ node(id: 1) { ... on Shirt @include(if: true) { old } } }`: `@include @include(if:) Boolean Day ID Node Query Query.node ` +
			`Query.node(id:) Shirt Shirt.old`,
		`{ ware(near: {size: S, next: null}, sizes: [L]) { ...h ...h } } fragment h on Hat @part(of: M) { id }`: `@part @part(of:) Hat ` +
			`Hat.id ID Near Near.next Near.size Query Query.ware Query.ware(near:) Query.ware(sizes:) Size Size.L Size.M Size.S Ware`,
		`query($d: Day = "x" @part(of: S)) { ware(day: $d) { __typename } }`: `@part @part(of:) Day Query Query.ware Query.ware(day:) ` +
			`Size Size.S Ware`,
		`{ node(id: 1) { ... on Shirt { size(near: {days: ["x"], size: L}) } } }`: `Day ID Near Near.days Near.size Node Query ` +
			`Query.node Query.node(id:) Shirt Shirt.size Shirt.size(near:) Size Size.L Size.M? Size.S?`,
		`mutation($n: [Near!]!) { sell(near: $n) }`: `Boolean Day Mutation Mutation.sell Mutation.sell(near:) Near Near.days? Near.next? ` +
			`Near.size? Size Size.L? Size.M? Size.S?`,
	} {
		doc, errs := gqlparser.LoadQueryWithRules(schema, query, rules.NewDefaultRules())
		if errs != nil {
			t.Fatal(errs)
		}
		uses := Of(schema, doc.Operations[0])
		var got []string
		for _, coordinate := range slices.Sorted(maps.Keys(uses)) {
			if uses[coordinate] == Possible {
				coordinate += "?"
			}
			got = append(got, coordinate)
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestOnlyTheOperationThatRunsIsLookedAt(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: shop})
	both := `query A { node(id: 1) { id } } query B { ware { ...s } } fragment s on Shirt { old }`
	doc := gqlparser.MustLoadQueryWithRules(schema, both, rules.NewDefaultRules())
	if uses := Of(schema, doc.Operations.ForName("A")); uses.Has("Shirt.old") || !uses.Has("Node.id") {
		t.Errorf("A uses %v", uses)
	}
	if uses := Of(schema, doc.Operations.ForName("B")); !uses.Has("Shirt.old") || uses.Has("Node.id") {
		t.Errorf("B uses %v", uses)
	}
}

func TestAllPartsOfASchemaHaveACoordinate(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: shop})
	var got, old []string
	for _, part := range All(schema) {
		name := part.Coordinate
		if part.Field {
			name += "*"
		}
		if strings.HasPrefix(name, "@") && !strings.HasPrefix(name, "@part") {
			continue // what the language declares
		}
		got = append(got, name)
		if part.Deprecated != nil {
			old = append(old, name+" "+*part.Deprecated)
		}
	}
	want := `@part @part(of:) Day Hat Hat.id* Mutation Mutation.sell* Mutation.sell(near:) Near Near.days Near.next Near.size Node Node.id* ` +
		`Query Query.node* Query.node(id:) Query.ware* Query.ware(day:) Query.ware(near:) Query.ware(sizes:) Shirt Shirt.id* Shirt.old* ` +
		`Shirt.size* Shirt.size(in:) Shirt.size(near:) Size Size.L Size.M Size.S Ware`
	if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Shirt.old* No longer supported", "Size.M use L"}, old); diff != "" {
		t.Errorf("deprecated parts (-want +got):\n%s", diff)
	}
}
