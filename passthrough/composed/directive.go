package composed

import (
	"fmt"
	"maps"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Directive defines @endpoint, for editors. It holds for the files of operations and for nothing else: the schema that is served
// does not have it, and what runs no longer says it.
const Directive = `
"Makes an operation a REST endpoint."
directive @endpoint(
  "How it is called: a query by GET, if nothing is said, or POST; a mutation by POST, if nothing is said, PUT, PATCH or DELETE."
  method: EndpointMethod
  "The path, with parameters in braces: /v2/orders/{id}/summary. Each is a variable of the operation."
  path: String!
  "What a caller must have been granted, all of them."
  scopes: [String!]
  "Values of the variables with which there is an answer, as an object. They are shown in the OpenAPI document."
  example: EndpointExample
) on QUERY | MUTATION

"How an endpoint is called."
enum EndpointMethod { GET POST PUT PATCH DELETE }

"An object with a member for each variable."
scalar EndpointExample
`

const directiveName = "endpoint"

// withDirective is a schema that also knows @endpoint. The original stays as it is.
func withDirective(schema *ast.Schema) (*ast.Schema, error) {
	definitions, err := parser.ParseSchema(&ast.Source{Name: "endpoint", Input: Directive})
	if err != nil {
		return nil, fmt.Errorf("read the definition of @endpoint: %w", err)
	}
	extended := *schema
	extended.Types = maps.Clone(schema.Types)
	extended.AddTypes(definitions.Definitions...)
	extended.Directives = maps.Clone(schema.Directives)
	for _, each := range definitions.Directives {
		extended.Directives[each.Name] = each
	}
	return &extended, nil
}

// argument is a value that @endpoint was given, or nil.
func argument(endpoint *ast.Directive, name string) *ast.Value {
	if given := endpoint.Arguments.ForName(name); given != nil && given.Value.Kind != ast.NullValue {
		return given.Value
	}
	return nil
}
