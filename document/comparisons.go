package document

import "github.com/vektah/gqlparser/v2/ast"

// spreads is the name that all fragment spreads of a place go by. No field is called that.
const spreads = "..."

// comparer counts what the rule OverlappingFieldsCanBeMerged will compare. It walks through a document as it will run, so
// it must come after the limit on nodes.
type comparer struct {
	fragments map[string]*fragment
	total     int
	visits    int
}

// place is what answers under one name at one place of the answer.
type place struct {
	sum     int
	squares int
	below   []scope
}

// scope is a selection set that stands within so many inline fragments, those of the fields around it included. Each of
// them compares all that it holds anew.
type scope struct {
	set    ast.SelectionSet
	inline int
}

func (p *place) add(weight int) {
	p.sum += weight
	p.squares += weight * weight
}

// comparisons is the product of the two weights, over every two that were added.
func (p *place) comparisons() int { return (p.sum*p.sum - p.squares) / 2 }

// compare counts the comparisons of a document whose fragments hold no cycle. Fragments are validated by themselves too.
func compare(doc *ast.QueryDocument, fragments map[string]*fragment) *comparer {
	c := &comparer{fragments: fragments}
	for _, o := range doc.Operations {
		c.within(scope{set: o.SelectionSet})
	}
	for _, f := range doc.Fragments {
		c.within(scope{set: f.SelectionSet})
	}
	return c
}

// within counts what is compared among selection sets that answer at the same place, and below them.
func (c *comparer) within(scopes ...scope) {
	places := make(map[string]*place)
	for _, s := range scopes {
		c.collect(places, s)
	}
	for _, p := range places {
		c.total = plus(c.total, p.comparisons())
		if len(p.below) > 0 {
			c.within(p.below...)
		}
	}
}

// collect finds the places of a selection set. Two fields compare each argument of one with those of the other.
func (c *comparer) collect(places map[string]*place, in scope) {
	for _, selection := range in.set {
		c.visits++
		switch s := selection.(type) {
		case *ast.Field:
			p := at(places, s.Alias)
			p.add(1 + in.inline + c.arguments(s.Arguments))
			if len(s.SelectionSet) > 0 {
				p.below = append(p.below, scope{s.SelectionSet, in.inline})
			}
		case *ast.InlineFragment:
			c.collect(places, scope{s.SelectionSet, in.inline + 1})
		case *ast.FragmentSpread:
			at(places, spreads).add(1 + in.inline)
			if f, ok := c.fragments[s.Name]; ok {
				c.collect(places, scope{f.definition.SelectionSet, in.inline})
			}
		}
	}
}

func at(places map[string]*place, name string) *place {
	p, ok := places[name]
	if !ok {
		p = new(place)
		places[name] = p
	}
	return p
}

func (c *comparer) arguments(arguments ast.ArgumentList) int {
	nodes := len(arguments)
	for _, a := range arguments {
		nodes += c.members(a.Value)
	}
	c.visits += nodes
	return nodes
}

func (c *comparer) members(v *ast.Value) int {
	if v == nil {
		return 0
	}
	nodes := len(v.Children)
	for _, child := range v.Children {
		nodes += c.members(child.Value)
	}
	return nodes
}
