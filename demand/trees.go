package demand

import (
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/document"
)

// Trees are those of one document: one for each of its operations, and for each combination of values that the variables of @skip
// and @include had. It is safe for concurrent use.
type Trees struct {
	costs   *Costs
	choices document.Choices[choice]
}

type choice struct {
	compiled, metered sync.Once

	tree  *Tree
	meter *Meter
}

// NewTrees returns the trees of a document, which are compiled when they are first asked for.
func (c *Costs) NewTrees() *Trees { return &Trees{costs: c} }

// What a tree takes of memory at most: by itself, and for each node that its document runs.
const (
	bytesOfTree = 500
	bytesOfNode = 300
)

// Size is what the trees of a document take of memory at most, in bytes, when it runs so many nodes.
func Size(doc *ast.QueryDocument, nodes int) int {
	return document.CountChoices(doc) * (bytesOfTree + bytesOfNode*min(nodes, maxNodes))
}

// Of is the tree of an operation.
func (t *Trees) Of(operation *graphql.OperationContext) *Tree {
	return t.compile(t.choices.Find(operation), operation)
}

func (t *Trees) compile(c *choice, operation *graphql.OperationContext) *Tree {
	c.compiled.Do(func() { c.tree = t.costs.Compile(operation) })
	return c.tree
}

// Meter is the meter of an operation's answers. The places are the same each time, and asked for the first.
func (t *Trees) Meter(operation *graphql.OperationContext, places func() [][]string) *Meter {
	c := t.choices.Find(operation)
	tree := t.compile(c, operation)
	c.metered.Do(func() { c.meter = tree.Meter(places()) })
	return c.meter
}
