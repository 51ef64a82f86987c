package loaders

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Edges are the fields of a schema that lead to loads: those with a resolver, and those to whose objects such a field belongs.
type Edges struct{ fields map[*ast.FieldDefinition]bool }

// NewEdges finds the edges of a schema. hasResolver tells whether people wrote a resolver for a field.
//
// Every edge must have one: gqlgen runs a field without a resolver to its end, with all that is below, before it starts the
// field's siblings, whose keys would then be waited for in vain. And no edge may return an interface or a union: what will run
// below those is not known from the selection. A schema that breaks either rule is refused.
func NewEdges(schema *ast.Schema, hasResolver func(object, field string) bool) (*Edges, error) {
	e := &Edges{fields: make(map[*ast.FieldDefinition]bool)}
	for grown := true; grown; {
		grown = false
		for object, field := range fields(schema) {
			if !e.fields[field] && (hasResolver(object.Name, field.Name) || e.leads(schema, field)) {
				e.fields[field] = true
				grown = true
			}
		}
	}
	var mistakes []error
	for object, field := range fields(schema) {
		if !e.fields[field] {
			continue
		}
		if !hasResolver(object.Name, field.Name) {
			mistakes = append(mistakes, fmt.Errorf("%s.%s leads to loads: give it a resolver in gqlgen.yml", object.Name, field.Name))
		}
		if kind := schema.Types[field.Type.Name()].Kind; kind == ast.Interface || kind == ast.Union {
			mistakes = append(mistakes, fmt.Errorf("%s.%s leads to loads and returns an abstract type", object.Name, field.Name))
		}
	}
	return e, errors.Join(mistakes...)
}

// fields are those of all objects but the introspection's.
func fields(schema *ast.Schema) func(yield func(*ast.Definition, *ast.FieldDefinition) bool) {
	return func(yield func(*ast.Definition, *ast.FieldDefinition) bool) {
		for _, object := range schema.Types {
			if object.Kind != ast.Object || strings.HasPrefix(object.Name, "__") {
				continue
			}
			for _, field := range object.Fields {
				if !strings.HasPrefix(field.Name, "__") && !yield(object, field) {
					return
				}
			}
		}
	}
}

func (e *Edges) leads(schema *ast.Schema, field *ast.FieldDefinition) bool {
	for _, below := range schema.Types[field.Type.Name()].Fields {
		if e.fields[below] {
			return true
		}
	}
	return false
}

// Has reports whether a field is an edge.
func (e *Edges) Has(field *ast.FieldDefinition) bool { return e.fields[field] }

// opening knows how many edges each selection of one operation opens on an object. Elements of a list share their selection, so
// it is counted once for all of them.
type opening struct {
	edges     *Edges
	operation *graphql.OperationContext

	mu    sync.Mutex
	known map[selection]int
	shown map[selection]*showing // limited values
}

// selection is the identity of a selection set: where its elements stand.
type selection struct {
	first *ast.Selection
	len   int
}

func newOpening(edges *Edges, operation *graphql.OperationContext) *opening {
	return &opening{edges: edges, operation: operation, known: make(map[selection]int)}
}

// below is how many edges a selection opens on one object of the named type.
func (o *opening) below(set ast.SelectionSet, object string) int {
	if len(set) == 0 {
		return 0
	}
	key := selection{&set[0], len(set)} // which also keeps the elements from being moved or reused
	o.mu.Lock()
	defer o.mu.Unlock()
	n, ok := o.known[key]
	if !ok {
		for _, field := range graphql.CollectFields(o.operation, set, []string{object}) {
			if o.edges.Has(field.Definition) {
				n++
			}
		}
		o.known[key] = n
	}
	return n
}
