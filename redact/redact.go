// Package redact answers which members of a service's record may be shown, and which may be written.
//
// The schema says both: a member is shown if a field is made of it, and written if an input of a mutation has it. What the
// services' contracts mark as x-visibility: never is neither, whatever anybody configures.
package redact

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/contract/openapi"
	"github.com/concierge-gateway/concierge/passthrough/reshape"
	"github.com/concierge-gateway/concierge/wire"
)

// Policy is what the schema and the contracts say. It is not changed once it was made, and safe for concurrent use.
type Policy struct {
	types     map[string]*reshape.Shape
	mutations map[string]*reshape.Shape
	never     map[string]bool
	partly    map[string]bool // of these only the end is shown
}

// New reads a schema, what its fields are made of, and contracts. It refuses a schema that shows or takes what nobody may see.
func New(schema *ast.Schema, fields *wire.Map, contracts ...*openapi.Document) (*Policy, error) {
	p := &Policy{
		types: make(map[string]*reshape.Shape), mutations: make(map[string]*reshape.Shape), never: make(map[string]bool),
		partly: shortened(fields),
	}
	for _, contract := range contracts {
		p.hide(contract)
	}
	records := records{schema: schema, fields: fields}
	if err := records.endless(); err != nil {
		return nil, err
	}
	for _, name := range recordTypes(fields) {
		p.types[name] = records.shape(name)
	}
	if schema.Mutation != nil {
		for _, mutation := range schema.Mutation.Fields {
			p.mutations[mutation.Name] = reshape.Object(written(schema, mutation.Arguments))
		}
	}
	if err := p.contradiction(schema); err != nil {
		return nil, err
	}
	return p, nil
}

// contradiction is a schema that shows or takes what a contract hides. A type that is a part of another is among the types too.
func (p *Policy) contradiction(schema *ast.Schema) error {
	for _, member := range slices.Sorted(maps.Keys(p.never)) {
		for _, name := range p.Types() {
			if _, shown := p.types[name].At(member); shown {
				return fmt.Errorf("%s is made of the member %s, which a contract says nobody may see", name, member)
			}
		}
		for _, name := range inputTypes(schema) {
			if slices.ContainsFunc(schema.Types[name].Fields, func(f *ast.FieldDefinition) bool { return snake(f.Name) == member }) {
				return fmt.Errorf("%s writes the member %s, which a contract says nobody may see", name, member)
			}
		}
	}
	return nil
}

// Type is what may be shown of records of a type of the schema.
func (p *Policy) Type(name string) (shape *reshape.Shape, ok bool) {
	shape, ok = p.types[name]
	return shape, ok
}

// Types are the names of the types that stand for services' records, sorted.
func (p *Policy) Types() []string { return slices.Sorted(maps.Keys(p.types)) }

// Mutation is what may be written where a route stands for a mutation: the members of its input.
func (p *Policy) Mutation(name string) (shape *reshape.Shape, ok bool) {
	shape, ok = p.mutations[name]
	return shape, ok
}

// Mutations are the names of the mutations, sorted.
func (p *Policy) Mutations() []string { return slices.Sorted(maps.Keys(p.mutations)) }

// Hidden reports whether a path, such as address/zip, leads to a member that nobody may see.
func (p *Policy) Hidden(path string) bool { return anyOf(p.never, path) }

// Shortened reports whether a path leads to a member of which only the end may be seen, as the schema says of a card's number.
func (p *Policy) Shortened(path string) bool { return anyOf(p.partly, path) }

func anyOf(names map[string]bool, path string) bool {
	for name := range strings.SplitSeq(path, "/") {
		if names[name] {
			return true
		}
	}
	return false
}

// Opaque is a value of which the schema knows nothing: all of it but the members that nobody may see, or only the end of.
func (p *Policy) Opaque() *reshape.Shape {
	hidden := maps.Clone(p.never)
	maps.Copy(hidden, p.partly)
	return reshape.AnythingBut(hidden)
}

// Taken is a value of which the schema knows nothing, and which is written: all of it but the members that nobody may see.
func (p *Policy) Taken() *reshape.Shape { return reshape.AnythingBut(p.never) }
