// Package composed answers how a GraphQL operation is a REST endpoint.
//
// An operation with @endpoint is called by a method and a path. It runs as any other, with the same limits, batches and policies.
//
// # Variables
//
// Every variable comes from one place. One that the path names comes from there. The others come from the query of GET and
// DELETE, and from the members of a JSON object for POST, PUT and PATCH. What has no variable is refused, in the query too: a
// parameter that is spelt wrongly would otherwise count as left out. A list in the query is given by repeating its name, or with
// commas, which its elements therefore cannot hold. The query has no null: what is left out has its default.
//
// # Answers
//
// The body is the value of the operation's only root field, or the data as a whole where there are several. Its bytes are those
// that the executor wrote. By these rules, of which the first that fits holds, a client learns what became of it:
//
//   - A query of which any field refused its arguments: a problem with status 400. They came from the request's variables.
//   - Refused before it ran, or nothing of it arrived because every root is null and there are errors: a problem (RFC 9457) of
//     the first error's kind, with its status.
//   - Every root is null, and nothing failed: a problem with status 404.
//   - A mutation whose payload has userErrors: 422 (RFC 9110, section 15.5.21) and the payload. A client that looks at the status
//     alone must not take it for done.
//   - Otherwise 200.
//
// Where a part failed, with 200 or 422, X-Concierge-Partial is true, and the body has a last member, errors: for each failure a
// JSON pointer (RFC 6901) to the null in the body that stands for it, a code and a message. Without failures there is neither.
// X-Concierge-Fallback names the services whose part came from elsewhere, as structured fields do (RFC 9651).
//
// Answers to GET with status 200 that lack nothing say how long they may be kept, and by which tag they can be asked for again,
// as far as @cacheControl lets them (package keeping). All others have Cache-Control: no-store.
package composed

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/variables"
)

// Operation is an endpoint. It is not changed once it was loaded, and safe for concurrent use.
type Operation struct {
	// Name is the operation's, unique among all.
	Name string
	// Description is what the operation says of itself.
	Description string
	// Method and Path are what it is called by. The path holds its parameters in braces, such as /v2/orders/{id}/summary.
	Method, Path string
	// Text is the document that runs: the operation without @endpoint, and the fragments that it spreads.
	Text string
	// Scopes are what a caller must have been granted, all of them.
	Scopes []string
	// Example are values of variables with which there is an answer, or nil.
	Example map[string]any
	// Mutation is true where it changes something.
	Mutation bool
	// Place is where it stands: the file and the line.
	Place string
	// Limited is told how many fields an answer lacks because the caller has read them too often. It may be nil.
	Limited func(fields int)

	schema     *ast.Schema
	definition *ast.OperationDefinition
	variables  []variable
	root       string // the only root field's name in the answer, or empty
	userErrors string // the name in the answer of the payload's userErrors, or empty
}

// In is where a variable comes from, by OpenAPI's words; body is the member of that name.
type In string

// The places.
const (
	InPath  In = "path"
	InQuery In = "query"
	InBody  In = "body"
)

// variable is one of an operation's, with the place that it comes from.
type variable struct {
	name        string
	in          In
	kind        *ast.Type
	definition  *ast.Definition // of its innermost type
	otherwise   *ast.Value      // its default, or nil
	description string
}

// required is true where a request without it is refused.
func (v *variable) required() bool {
	return v.in == InPath || v.kind.NonNull && v.otherwise == nil
}

// readable is the variable as JSON gives it.
func (v *variable) readable() variables.Variable {
	return variables.Variable{Name: v.name, Type: v.kind, Required: v.required()}
}

// find is the variable of a name, or nil.
func (o *Operation) find(name string, in In) *variable {
	for i := range o.variables {
		if v := &o.variables[i]; v.name == name && v.in == in {
			return v
		}
	}
	return nil
}

// takesBody is true where a request has content with a meaning. In DELETE it has none (RFC 9110, section 9.3.5).
func takesBody(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}
