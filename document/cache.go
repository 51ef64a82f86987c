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
	documents *otter.Cache[string, *Known]
	pinned    atomic.Pointer[map[string]*Known] // is not bounded, and not changed; nil at first
	beside    func(doc *ast.QueryDocument, nodes int) int
}

// Known is a document that is remembered: what it needs of whoever asks for it, and what was made of it.
type Known struct {
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
		documents: otter.Must(&otter.Options[string, *Known]{
			MaximumWeight: share * uint64(entries),
			Weigher: func(_ string, e *Known) uint32 {
				return uint32(min(max(e.weight, share), math.MaxUint32))
			},
			// Making room is quick enough for whoever adds a document.
			Executor: func(task func()) { task() },
		}),
	}
}

// Get finds the document of a text. It does not know who asks: a Guard comes before it.
func (c *Cache) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	k, ok := c.Find(text)
	if !ok {
		return nil, false
	}
	return k.doc, true
}

// Find is Get with all that is known of the document. Who asks for it has to be admitted by a Guard.
func (c *Cache) Find(text string) (*Known, bool) {
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
	c.documents.Set(text, &Known{
		doc: doc, needs: needs(text, doc, size), weight: weight(text, size, c.beside(doc, size.nodes)),
	})
}

// Beside is what lies beside the document of a text, made when it is first asked for. It is forgotten with the document; there is
// none beside a document that is not remembered.
func (c *Cache) Beside(text string, doc *ast.QueryDocument, makeIt func() any) (beside any, ok bool) {
	k, ok := c.Find(text)
	if !ok || k.doc != doc {
		return nil, false
	}
	return k.Beside(makeIt), true
}

// Document is the document. Nobody may change it.
func (k *Known) Document() *ast.QueryDocument { return k.doc }

// Beside is what lies beside it, made when it is first asked for.
func (k *Known) Beside(makeIt func() any) any {
	k.made.Do(func() { k.beside = makeIt() })
	return k.beside
}

// weight is the memory that a document takes at most, its text and what lies beside it included.
func weight(text string, size *counter, beside int) uint64 {
	comments := strings.Count(text, "#")
	bytes := bytesOfEntry + bytesOfByte*len(text) + bytesOfNode*size.visits + bytesOfComment*comments + beside
	return uint64(bytes) //nolint:gosec // counts are positive
}
