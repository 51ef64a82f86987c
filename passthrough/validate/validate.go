// Package validate answers whether a request is as the service's contract says.
//
// The contract is an OpenAPI document, 3.0 or 3.1. What it says of an operation's parameters and body is compiled once; requests
// are then held against it with what they are made of, their bytes: a body is cut into its values where it lies, and only what is
// wrong with it costs memory. Libraries for OpenAPI and JSON Schema make maps of every body, and report all that they find: a
// body of a megabyte with half a million mistakes would take a hundred of them. Here twenty are enough.
//
// Not everything that JSON Schema can say is understood. A contract that says something else where it matters is refused when the
// operation is compiled, so that nobody believes in a check that is not made.
package validate

import (
	"fmt"

	"github.com/concierge-gateway/concierge/contract/openapi"
)

// Contract is what a service says of itself. It is not changed once it was read.
type Contract struct {
	name string
	doc  *document
}

// Parse reads a contract, in YAML or JSON. Errors of the contract call it by the name.
func Parse(name string, text []byte) (*Contract, error) {
	lines, err := openapi.Parse(name, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	doc, err := newDocument(lines, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Contract{name: name, doc: doc}, nil
}

// Operation compiles what the contract says of a method on a path, both as the service sees them. The path is a template, whose
// parameters may have other names than the contract's: /users/{id} is /users/{userId}. A text may stand for a parameter, and is
// checked like a value: /users/me is /users/{id} where the contract does not name it itself. HEAD is described with GET, unless
// the contract describes it.
func (c *Contract) Operation(method, pathTemplate string) (*Operation, error) {
	found, ok := c.doc.path(pathTemplate)
	if !ok {
		return nil, fmt.Errorf("%s: there is no path like %s", c.doc.lines.Root().Get("paths"), pathTemplate)
	}
	o, err := newCompiler(c.doc).operation(method, found)
	if err != nil {
		return nil, err
	}
	return o, nil
}
