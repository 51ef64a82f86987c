package document

import (
	"math"

	"github.com/vektah/gqlparser/v2/ast"
)

// countless is where counting stops. Forty fragments that each spread the next one twice come to 2⁴⁰ fields.
const countless = math.MaxInt

// size is what a selection set comes to when every fragment stands in the place of each of its spreads.
type size struct {
	fields  int
	aliases int
	roots   int
	depth   int
	nodes   int
}

// beside is both selections in one set.
func (s size) beside(other size) size {
	return size{
		fields:  plus(s.fields, other.fields),
		aliases: plus(s.aliases, other.aliases),
		roots:   plus(s.roots, other.roots),
		depth:   max(s.depth, other.depth),
		nodes:   plus(s.nodes, other.nodes),
	}
}

func plus(a, b int) int {
	if a > countless-b {
		return countless
	}
	return a + b
}

// What a definition is called.
const (
	nounOperation = "operation"
	nounFragment  = "fragment"
)

// definition is an operation or a fragment with its size.
type definition struct {
	size size
	noun string
	at   *ast.Position
}

// nesting is the deepest of its kind, and where it stands.
type nesting struct {
	depth int
	at    *ast.Position
}

func (n *nesting) reach(depth int, at *ast.Position) {
	if depth > n.depth {
		*n = nesting{depth: depth, at: at}
	}
}

// fragment is a fragment's definition and, once it was counted, its size.
type fragment struct {
	definition *ast.FragmentDefinition
	size       size
	entered    bool
	counted    bool
}

// counter sizes one document. It visits each node of the text once: a fragment's size is kept, so that fragments which
// spread each other again and again cost no more than they are long.
type counter struct {
	fragments   map[string]*fragment
	definitions []definition
	directives  int
	deferred    int // fragments
	nodes       int
	values      nesting
	types       nesting
	// cycle is a spread of a fragment within itself. Nothing that was counted means anything then.
	cycle  *ast.FragmentSpread
	visits int
}

// count sizes a document that nobody validated: it may spread fragments that do not exist, define two of one name, of which
// the first is meant, and spread a fragment within itself.
func count(doc *ast.QueryDocument) *counter {
	c := &counter{fragments: make(map[string]*fragment, len(doc.Fragments))}
	for _, f := range doc.Fragments {
		if _, taken := c.fragments[f.Name]; !taken {
			c.fragments[f.Name] = &fragment{definition: f}
		}
	}
	for _, o := range doc.Operations {
		c.define(nounOperation, o.Position, c.operation(o))
	}
	for _, f := range doc.Fragments {
		c.define(nounFragment, f.Position, c.fragment(f))
	}
	return c
}

func (c *counter) define(noun string, at *ast.Position, s size) {
	c.definitions = append(c.definitions, definition{size: s, noun: noun, at: at})
	c.nodes = plus(c.nodes, s.nodes)
}

func (c *counter) operation(o *ast.OperationDefinition) size {
	c.visits++
	s := c.selections(o.SelectionSet, 0)
	s.nodes = plus(s.nodes, 1+c.directiveList(o.Directives)+c.variables(o.VariableDefinitions))
	return s
}

func (c *counter) fragment(f *ast.FragmentDefinition) size {
	c.visits++
	s := c.named(f)
	s.nodes = plus(s.nodes, 1+c.variables(f.VariableDefinition))
	return s
}

// named is the size of what a fragment holds. A second fragment of the same name is never spread, so it is counted here.
func (c *counter) named(f *ast.FragmentDefinition) size {
	if known := c.fragments[f.Name]; known.definition == f {
		return c.spread(known)
	}
	return c.held(f)
}

func (c *counter) spread(f *fragment) size {
	if !f.counted {
		f.entered = true
		f.size = c.held(f.definition)
		f.counted = true
	}
	return f.size
}

func (c *counter) held(f *ast.FragmentDefinition) size {
	s := c.selections(f.SelectionSet, 0)
	s.nodes = plus(s.nodes, c.directiveList(f.Directives))
	return s
}

// selections sizes a selection set that stands within so many inline fragments of one field. Validation gathers the fields
// of each inline fragment anew, with those of the inline fragments inside it.
func (c *counter) selections(set ast.SelectionSet, inline int) size {
	var total size
	for _, selection := range set {
		c.visits++
		switch s := selection.(type) {
		case *ast.Field:
			total = total.beside(c.field(s, inline))
		case *ast.InlineFragment:
			inner := c.selections(s.SelectionSet, inline+1)
			inner.nodes = plus(inner.nodes, 1+inline+c.directiveList(s.Directives))
			total = total.beside(inner)
		case *ast.FragmentSpread:
			total = total.beside(c.fragmentSpread(s, inline))
		}
	}
	return total
}

func (c *counter) field(f *ast.Field, inline int) size {
	below := c.selections(f.SelectionSet, 0)
	s := size{
		fields:  plus(below.fields, 1),
		aliases: below.aliases,
		roots:   1,
		depth:   below.depth + 1,
		nodes:   plus(below.nodes, 1+inline+c.arguments(f.Arguments)+c.directiveList(f.Directives)),
	}
	if f.Alias != f.Name {
		s.aliases = plus(s.aliases, 1)
	}
	return s
}

func (c *counter) fragmentSpread(spread *ast.FragmentSpread, inline int) size {
	var s size
	if f, ok := c.fragments[spread.Name]; ok {
		if f.entered && !f.counted {
			c.cycle = spread
		} else {
			s = c.spread(f)
		}
	}
	s.nodes = plus(s.nodes, 1+inline+c.directiveList(spread.Directives))
	return s
}

func (c *counter) variables(definitions ast.VariableDefinitionList) int {
	nodes := 0
	for _, v := range definitions {
		c.visits++
		nodes += 1 + c.listType(v.Type) + c.members(v.DefaultValue, 0) + c.directiveList(v.Directives)
	}
	return nodes
}

func (c *counter) listType(t *ast.Type) int {
	lists := 0
	for ; t != nil && t.Elem != nil; t = t.Elem {
		c.visits++
		lists++
		c.types.reach(lists, t.Position)
	}
	return lists
}

func (c *counter) directiveList(directives ast.DirectiveList) int {
	nodes := 0
	for _, d := range directives {
		c.visits++
		c.directives++
		if d.Name == "defer" {
			c.deferred++
		}
		nodes += 1 + c.arguments(d.Arguments)
	}
	return nodes
}

func (c *counter) arguments(arguments ast.ArgumentList) int {
	nodes := 0
	for _, a := range arguments {
		c.visits++
		nodes += 1 + c.members(a.Value, 0)
	}
	return nodes
}

// members counts what a list or an object holds. It stands within so many others.
func (c *counter) members(v *ast.Value, within int) int {
	if v == nil || v.Kind != ast.ListValue && v.Kind != ast.ObjectValue {
		return 0
	}
	c.values.reach(within+1, v.Position)
	nodes := 0
	for _, child := range v.Children {
		c.visits++
		nodes += 1 + c.members(child.Value, within+1)
	}
	return nodes
}
