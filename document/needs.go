package document

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"

	"github.com/concierge-gateway/concierge/units"
)

// needs are the least limits that admit a document: each measure that the check compares, and every one of them, where the check
// ends at the first that passes. It takes time in proportion to the text and to Nodes, so the document must have been admitted.
func needs(text string, doc *ast.QueryDocument, c *counter) Limits {
	n := Limits{
		Bytes:       units.Bytes(len(text)),
		Tokens:      tokens(text),
		Depth:       max(c.values.depth, c.types.depth),
		Fragments:   len(doc.Fragments),
		Directives:  c.directives,
		Deferred:    c.deferred,
		Nodes:       c.nodes,
		Comparisons: compare(doc, c.fragments).total,
	}
	for _, d := range c.definitions {
		n.Depth = max(n.Depth, d.size.depth)
		n.Fields = max(n.Fields, d.size.fields)
		n.Aliases = max(n.Aliases, d.size.aliases)
		if d.noun == nounOperation {
			n.RootFields = max(n.RootFields, d.size.roots)
		}
	}
	return n
}

// tokens counts as the parser does: comments too, the end not. The parser does not tell.
func tokens(text string) int {
	read := lexer.New(&ast.Source{Input: text})
	for count := 0; ; count++ {
		token, err := read.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return count
		}
	}
}
