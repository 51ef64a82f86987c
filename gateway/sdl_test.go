package gateway

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// What the schema says to the gateway alone is not shown; what it says to everybody is.
func TestTheTextOfASchemaShowsWhatIsForEverybody(t *testing.T) {
	s, err := gqlparser.LoadSchema(&ast.Source{Input: `
directive @hidden(from: String) repeatable on SCHEMA | OBJECT | FIELD_DEFINITION | ARGUMENT_DEFINITION | ENUM | ENUM_VALUE | INPUT_OBJECT |
	INPUT_FIELD_DEFINITION | SCALAR | UNION | INTERFACE
directive @shown(of: Int = 3) on FIELD

schema @hidden { query: Query }

"All that can be asked, with \"\"\"quotes\"\"\"."
type Query @hidden {
	"One of them."
	one(id: ID! = 7 @hidden, by: By = {how: OLD} @deprecated(reason: "say nothing")): One @hidden(from: "you") @hidden
	any: [Any!]! @deprecated
}
interface Named @hidden { name: String! }
type One implements Named @hidden { name: String! @hidden(from: "you") }
union Any @hidden = One
input By @hidden @oneOf { how: How @hidden, when: Time }
enum How @hidden { NEW OLD @deprecated(reason: "it is \"old\"") @hidden }
scalar Time @hidden @specifiedBy(url: "https://example.com/time")
`})
	if err != nil {
		t.Fatal(err)
	}
	served := *s
	served.Directives = map[string]*ast.DirectiveDefinition{}
	for name, each := range s.Directives {
		if name != "hidden" {
			served.Directives[name] = each
		}
	}
	want := `directive @shown(of: Int = 3) on FIELD
union Any = One
input By @oneOf {
  how: How
  when: Time
}
enum How {
  NEW
  OLD @deprecated(reason: "it is \"old\"")
}
interface Named {
  name: String!
}
type One implements Named {
  name: String!
}
"""
All that can be asked, with \"""quotes\""".
"""
type Query {
  """
  One of them.
  """
  one(id: ID! = 7, by: By = {how:OLD} @deprecated(reason: "say nothing")): One
  any: [Any!]! @deprecated
}
scalar Time @specifiedBy(url: "https://example.com/time")
`
	text := string(formatSDL(&served))
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("the text (-want +got):\n%s", diff)
	}
	if _, err := gqlparser.LoadSchema(&ast.Source{Input: text}); err != nil {
		t.Errorf("the text is no schema: %v", err)
	}
	if all := s.Types["One"].Directives; !slices.ContainsFunc(all, func(d *ast.Directive) bool { return d.Name == "hidden" }) {
		t.Error("the schema itself has lost what it says to the gateway")
	}
}
