package demand

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Tree is what one operation costs, for given values of the variables that its @skip and @include depend on, as far as that is
// known before the request. It is not changed, and safe for concurrent use.
type Tree struct{ root *node }

// node is an object at one place of the answer, with all that belongs to it: parts that count with it are in it.
type node struct {
	own    amount   // of each: its type, its fields, its values
	priced []priced // fields that depend on the request
	below  []branch
	either []*node // of an interface or a union: one for each object that it can be. The most costly counts
}

// branch leads to objects that are counted.
type branch struct {
	alias string
	size  size
	node  *node
}

// maxNodes bounds a tree. What selects interfaces within interfaces can be far larger than its text; such an operation costs more
// than can be counted.
const maxNodes = 20_000

// Compile makes the tree of an operation that was found valid. Fields are collected by gqlgen's own rules.
func (c *Costs) Compile(operation *graphql.OperationContext) *Tree {
	w := &weigher{Costs: c, operation: operation, deep: true}
	root := w.node(c.rootOf(operation.Operation).Name, operation.Operation.SelectionSet, nil)
	if w.nodes > maxNodes {
		root = &node{own: most}
	}
	return &Tree{root}
}

func (c *Costs) rootOf(operation *ast.OperationDefinition) *ast.Definition {
	switch operation.Operation {
	case ast.Mutation:
		return c.schema.Mutation
	case ast.Subscription:
		return c.schema.Subscription
	default:
		return c.schema.Query
	}
}

// Cost is what the operation costs at most, by the variables of a request, rounded up.
func (t *Tree) Cost(variables map[string]any) int64 {
	if variables == nil {
		variables = map[string]any{} // none is known where it is nil
	}
	return t.root.total(variables).units()
}

// Most is Cost where the variables are not known: each counts as what makes the most. What stands within inputs that are
// variables is left out: nothing bounds it but the size of a request.
func (t *Tree) Most() int64 { return t.root.total(nil).units() }

// total is the cost of one object with all that is below it.
func (n *node) total(variables map[string]any) amount {
	dearest := amount(0)
	for _, one := range n.either {
		dearest = max(dearest, one.total(variables))
	}
	if len(n.either) > 0 {
		return dearest
	}
	sum := n.each(variables)
	for i := range n.below {
		b := &n.below[i]
		if size := b.size.of(variables); size > 0 {
			sum = plus(sum, times(size, b.node.total(variables)))
		}
	}
	return sum
}

// each is the cost of one object alone. Of an interface or a union it is that of the most costly.
func (n *node) each(variables map[string]any) amount {
	sum := n.own
	for i := range n.priced {
		sum = plus(sum, n.priced[i].on(variables))
	}
	dearest := amount(0)
	for _, one := range n.either {
		dearest = max(dearest, one.each(variables))
	}
	return plus(sum, dearest)
}
