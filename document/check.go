package document

import "github.com/vektah/gqlparser/v2/ast"

// Check decides whether a parsed document may be validated. The document may be wrong in any way that parses. Limits on
// its text, Bytes and Tokens, are not Check's: a parsed document has passed them.
//
// The error is a *problem.Error: LimitExceeded, or ValidationFailed for a fragment that is spread within itself, which has
// no size that could be compared. It takes time in proportion to the text and to Nodes.
func (l Limits) Check(doc *ast.QueryDocument) error {
	if r := l.check(doc); r != nil {
		return r.problem()
	}
	return nil
}

// check says the first limit that is passed, in an order that does not depend on anything but the document.
func (l Limits) check(doc *ast.QueryDocument) *refusal {
	if found := len(doc.Fragments); found > l.Fragments {
		return exceeds("fragments", doc.Fragments[l.Fragments].Position, "the document defines %s fragments", found, l.Fragments)
	}
	c := count(doc)
	if c.cycle != nil {
		return cycle(c.cycle)
	}
	for _, d := range c.definitions {
		if r := l.checkDefinition(d); r != nil {
			return r
		}
	}
	return l.checkDocument(doc, c)
}

// checkDefinition treats fragments as operations: what is too large by itself is too large wherever it is spread, and
// validation looks at it whether or not it is.
func (l Limits) checkDefinition(d definition) *refusal {
	s := d.size
	switch {
	case s.depth > l.Depth:
		return exceeds("depth", d.at, "the "+d.noun+" nests fields %s deep", s.depth, l.Depth)
	case s.fields > l.Fields:
		return exceeds("fields", d.at, "the "+d.noun+" selects %s fields", s.fields, l.Fields)
	case s.aliases > l.Aliases:
		return exceeds("aliases", d.at, "the "+d.noun+" has %s aliases", s.aliases, l.Aliases)
	case s.roots > l.RootFields && d.noun == nounOperation:
		return exceeds("root_fields", d.at, "the operation selects %s root fields", s.roots, l.RootFields)
	default:
		return nil
	}
}

func (l Limits) checkDocument(doc *ast.QueryDocument, c *counter) *refusal {
	switch {
	case c.directives > l.Directives:
		return exceeds("directives", nil, "the document has %s directives", c.directives, l.Directives)
	case c.deferred > l.Deferred:
		return exceeds("deferred", nil, "the document defers %s fragments", c.deferred, l.Deferred)
	case c.values.depth > l.Depth:
		return exceeds("depth", c.values.at, "a value nests lists and objects %s deep", c.values.depth, l.Depth)
	case c.types.depth > l.Depth:
		return exceeds("depth", c.types.at, "a type nests lists %s deep", c.types.depth, l.Depth)
	case c.nodes > l.Nodes:
		return exceeds("nodes", nil, "with its fragments spread, the document has %s nodes", c.nodes, l.Nodes)
	}
	if found := compare(doc, c.fragments).total; found > l.Comparisons {
		return exceeds("comparisons", nil, "the document repeats fields so often that validation takes %s comparisons",
			found, l.Comparisons)
	}
	return nil
}
