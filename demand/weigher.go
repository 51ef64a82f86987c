package demand

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// weigher makes nodes.
type weigher struct {
	*Costs
	operation *graphql.OperationContext
	deep      bool // whether also those below
	nodes     int
}

// node is that of an object. Of a connection, size is the length of its lists, and list says which they are.
func (w *weigher) node(name string, selected ast.SelectionSet, around *connection) *node {
	n := new(node)
	w.nodes++
	if w.nodes > maxNodes {
		return n
	}
	if t := w.schema.Types[name]; t.IsAbstractType() {
		for _, object := range w.schema.GetPossibleTypes(t) {
			n.either = append(n.either, w.node(object.Name, selected, around))
		}
		return n
	}
	n.own = w.types[name]
	for _, f := range graphql.CollectFields(w.operation, selected, w.satisfied(name)) {
		w.field(n, name, f, around)
	}
	return n
}

// satisfied are the types that an object is of.
func (w *weigher) satisfied(name string) []string {
	around := w.schema.Implements[name]
	names := make([]string, 0, 1+len(around))
	names = append(names, name)
	for _, t := range around {
		names = append(names, t.Name)
	}
	return names
}

// connection is what a field with sizedFields says of its lists.
type connection struct {
	list *list
	size size
}

// field adds a field to its object.
func (w *weigher) field(n *node, object string, f graphql.CollectedField, around *connection) {
	if isIntrospection(f.Name) {
		return
	}
	definition := w.schema.Types[object].Fields.ForName(f.Name) // f may have that of an interface
	cost, name := w.fields[definition], definition.Type.Name()
	if w.isPriced(cost, f.Field) {
		n.priced = append(n.priced, priced{w.Costs, cost, f.Field})
	} else {
		n.own = plus(n.own, cost.weight)
	}
	lead := fixed(1)
	if definition.Type.Elem != nil {
		lead = w.sizeOf(cost, f.Field)
		if around != nil && around.list.sizes(f.Name) {
			lead = around.size
		}
		for t := definition.Type.Elem; t.Elem != nil; t = t.Elem {
			lead.deep = int(plus(times(lead.deep, amount(w.sizes.List)), 0))
		}
	}
	switch {
	case w.isComposite(name):
		w.lead(n, f, branch{alias: f.Alias, size: lead}, cost, name)
	case definition.Type.Elem == nil:
		n.own = plus(n.own, w.types[name])
	case w.types[name] > 0:
		n.below = append(n.below, branch{alias: f.Alias, size: lead, node: &node{own: w.types[name]}})
	}
}

// lead adds the objects that a field leads to: below, or as a part.
func (w *weigher) lead(n *node, f graphql.CollectedField, b branch, cost *fieldCost, name string) {
	if cost.counted && !w.deep {
		return
	}
	var lists *connection
	if cost.list != nil && len(cost.list.sized) > 0 {
		lists = &connection{cost.list, w.sizeOf(cost, f.Field)}
	}
	b.node = w.node(name, f.Selections, lists)
	if cost.counted {
		n.below = append(n.below, b)
		return
	}
	n.own = plus(n.own, b.node.own)
	n.priced = append(n.priced, b.node.priced...)
	n.below = slices.Concat(n.below, b.node.below)
}
