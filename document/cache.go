package document

import (
	"context"
	"math"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// What a parsed document takes of memory, at most. A byte of its text may stand in an unescaped string again, and memory is
// handed out in larger pieces than one asks for. Most nodes take half of what is said here; a validated __typename takes 400.
const (
	bytesOfEntry   = 144
	bytesOfByte    = 3
	bytesOfNode    = 450
	bytesOfComment = 150
)

// Cache remembers documents that were valid, by their text, and what was made of each. Of those it has no room for it drops the
// ones that are asked for least, so documents that come once do not drive out the others. It is safe for concurrent use and runs
// no goroutine.
type Cache struct {
	documents *otter.Cache[string, *entry]
	pinned    atomic.Pointer[map[string]*entry] // is not bounded, and not changed; nil at first
	beside    func(doc *ast.QueryDocument, nodes int) int
}

// entry is a document, what it needs of whoever asks for it, and what was made of it.
type entry struct {
	doc    *ast.QueryDocument
	needs  Limits
	weight uint64

	made   sync.Once
	beside any
}

var _ graphql.Cache[*ast.QueryDocument] = (*Cache)(nil)

// NewCache remembers no more documents than the configuration says, in number or in memory. Bounds below 1 count as 1. beside is
// what else a document may take of memory, in bytes, when it runs so many nodes: what is made of it.
func NewCache(c CacheConfig, beside func(doc *ast.QueryDocument, nodes int) int) *Cache {
	entries, room := max(c.Entries, 1), uint64(max(c.Memory, 1))
	// The library bounds entries or weights, not both. If each weighs its share of the whole or more, weights bound both.
	share := max(room/uint64(entries), 1)
	return &Cache{
		beside: beside,
		documents: otter.Must(&otter.Options[string, *entry]{
			MaximumWeight: share * uint64(entries),
			Weigher: func(_ string, e *entry) uint32 {
				return uint32(min(max(e.weight, share), math.MaxUint32))
			},
			// Making room is quick enough for whoever adds a document.
			Executor: func(task func()) { task() },
		}),
	}
}

// Get finds the document of a text. It does not know who asks: a Guard comes before it.
func (c *Cache) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	e, ok := c.find(text)
	if !ok {
		return nil, false
	}
	return e.doc, true
}

func (c *Cache) find(text string) (*entry, bool) {
	if e, ok := c.findPinned(text); ok {
		return e, true
	}
	return c.documents.GetIfPresent(text)
}

// Add remembers the document of a text, which a Guard admitted: it is measured to the end, whoever's limits it was admitted by.
// One that has no size is not remembered. Nobody may change the document from then on.
func (c *Cache) Add(_ context.Context, text string, doc *ast.QueryDocument) {
	size := count(doc)
	if size.cycle != nil || size.nodes == countless {
		return
	}
	c.documents.Set(text, &entry{
		doc: doc, needs: needs(text, doc, size), weight: weight(text, size, c.beside(doc, size.nodes)),
	})
}

// Beside is what lies beside the document of a text, made when it is first asked for. It is forgotten with the document; there is
// none beside a document that is not remembered.
func (c *Cache) Beside(text string, doc *ast.QueryDocument, makeIt func() any) (beside any, ok bool) {
	e, ok := c.find(text)
	if !ok || e.doc != doc {
		return nil, false
	}
	e.made.Do(func() { e.beside = makeIt() })
	return e.beside, true
}

// weight is the memory that a document takes at most, its text and what lies beside it included.
func weight(text string, size *counter, beside int) uint64 {
	comments := strings.Count(text, "#")
	bytes := bytesOfEntry + bytesOfByte*len(text) + bytesOfNode*size.visits + bytesOfComment*comments + beside
	return uint64(bytes) //nolint:gosec // counts are positive
}
