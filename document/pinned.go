package document

import "github.com/vektah/gqlparser/v2/ast"

// Pin lets documents of which it is known that they will be asked for stand outside the bounds of the cache, in the place of
// those that were pinned before. A text that was pinned already keeps its document, and what was made of it. They must be
// valid, and nobody may change them from then on. Pin is not called twice at the same time.
func (c *Cache) Pin(documents map[string]*ast.QueryDocument) {
	pinned := make(map[string]*Known, len(documents))
	for text, doc := range documents {
		if known, ok := c.findPinned(text); ok {
			pinned[text] = known
			continue
		}
		if size := count(doc); size.cycle == nil && size.nodes != countless {
			pinned[text] = &Known{doc: doc, needs: needs(text, doc, size)}
		}
	}
	c.pinned.Store(&pinned)
}

// Pinned is the document of a text that is pinned.
func (c *Cache) Pinned(text string) (*ast.QueryDocument, bool) {
	e, ok := c.findPinned(text)
	if !ok {
		return nil, false
	}
	return e.doc, true
}

func (c *Cache) findPinned(text string) (*Known, bool) {
	pinned := c.pinned.Load()
	if pinned == nil || len(*pinned) == 0 {
		return nil, false
	}
	e, ok := (*pinned)[text]
	return e, ok
}
