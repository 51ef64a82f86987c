package document

import (
	"context"
	"math"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// What a parsed document takes of memory, at most. A byte of its text may stand in an unescaped string again, and memory is
// handed out in larger pieces than one asks for. Most nodes take half of what is said here; a validated __typename takes 400.
const (
	bytesOfByte    = 3
	bytesOfNode    = 450
	bytesOfComment = 150
)

// Cache remembers documents that were valid, by their text. Of those it has no room for it drops the ones that are asked for
// least, so documents that come once do not drive out the others. It is safe for concurrent use and runs no goroutine.
type Cache struct {
	documents *otter.Cache[string, *ast.QueryDocument]
}

var _ graphql.Cache[*ast.QueryDocument] = (*Cache)(nil)

// NewCache remembers no more documents than the configuration says, in number or in memory. Bounds below 1 count as 1.
func NewCache(c CacheConfig) *Cache {
	entries, room := max(c.Entries, 1), uint64(max(c.Memory, 1))
	// The library bounds entries or weights, not both. If each weighs its share of the whole or more, weights bound both.
	share := max(room/uint64(entries), 1)
	return &Cache{
		documents: otter.Must(&otter.Options[string, *ast.QueryDocument]{
			MaximumWeight: share * uint64(entries),
			Weigher: func(text string, doc *ast.QueryDocument) uint32 {
				return uint32(min(max(weight(text, doc), share), math.MaxUint32))
			},
			// Making room is quick enough for whoever adds a document.
			Executor: func(task func()) { task() },
		}),
	}
}

// Get finds the document of a text.
func (c *Cache) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	return c.documents.GetIfPresent(text)
}

// Add remembers the document of a text. Nobody may change the document from then on.
func (c *Cache) Add(_ context.Context, text string, doc *ast.QueryDocument) {
	c.documents.Set(text, doc)
}

// weight is the memory that a document takes at most, its text included.
func weight(text string, doc *ast.QueryDocument) uint64 {
	comments := strings.Count(text, "#")
	bytes := bytesOfByte*len(text) + bytesOfNode*count(doc).visits + bytesOfComment*comments
	return uint64(bytes) //nolint:gosec // counts are positive
}
