// Package tool answers which operations of trusted documents are tools of the Model Context Protocol, and what each looks like.
//
// A document marks its operation by @tool, or a manifest its entry by the member "tool".
package tool

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/variables"
)

// Tool is an operation that is a tool. It is not changed once it was compiled, and safe for concurrent use.
type Tool struct {
	// Name is unique among all tools.
	Name string
	// Title is a name for people, or empty.
	Title string
	// Description says what it is for.
	Description string
	// Input is the JSON Schema of its arguments, an object: the operation's variables.
	Input json.RawMessage
	// Output is the JSON Schema of what it gives, an object: data as GraphQL answers it, and errors.
	Output json.RawMessage
	// ReadOnly is true where it changes nothing.
	ReadOnly bool
	// Destructive is true where it may change or take away what there is, and not only add to it.
	Destructive bool
	// Idempotent is true where calling it again with the same arguments changes nothing more.
	Idempotent bool
	// Scopes are what a caller must have been granted, all of them, to see and to call it.
	Scopes []string
	// Roots are the fields of Query or Mutation that it asks for.
	Roots []string
	// Mutation is true where Roots are fields of Mutation.
	Mutation bool
	// Text is the document, as it is run.
	Text string
	// Operation is the operation's name in the document.
	Operation string
	// Place is where it stands: the file and the line.
	Place string

	schema    *ast.Schema
	variables []variables.Variable
	sizes     []string // the variables by which lists are paged
	largest   int      // page
}

// what messages call the arguments of a call.
const what = "the object of arguments"

// Variables are the operation's, as a call's arguments give them: a JSON object. An empty text or null is one without members.
// Those that are left out are not among them. The error is a problem of kind BadInput that names the place, and quotes no value.
func (t *Tool) Variables(arguments []byte) (map[string]any, error) {
	if len(arguments) == 0 || string(arguments) == "null" { // as some clients say that there are none
		arguments = []byte("{}")
	}
	values, err := variables.Read(t.schema, t.variables, arguments, what)
	if err != nil {
		return nil, err //nolint:wrapcheck // it says what is wrong with the call
	}
	for _, name := range t.sizes {
		if n, given := values[name].(int64); given && (n < 0 || n > int64(t.largest)) {
			return nil, problem.New(problem.BadInput, fmt.Sprintf("/%s in %s must lie between 0 and %d", name, what, t.largest))
		}
	}
	return values, nil
}

// AnyQuery is the name of the tool that takes any query. It is no operation's, so no operation can have its name.
const AnyQuery = "graphql_query"

// Set is all tools there are at a time, by their names. It does not change. A nil *Set has none.
type Set struct{ tools []*Tool }

// All are the tools, sorted by their names.
func (s *Set) All() []*Tool {
	if s == nil {
		return nil
	}
	return s.tools
}

// Find is the tool of a name.
func (s *Set) Find(name string) (found *Tool, ok bool) {
	all := s.All()
	i, ok := slices.BinarySearchFunc(all, name, func(t *Tool, name string) int { return cmp.Compare(t.Name, name) })
	if !ok {
		return nil, false
	}
	return all[i], true
}
