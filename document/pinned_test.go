package document

import (
	"context"
	"fmt"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/units"
)

func TestPinnedDocumentsStayWhateverElseComes(t *testing.T) {
	cache, ctx := NewCache(CacheConfig{Entries: 1, Memory: units.MiB}, nothing), context.Background()
	cache.Pin(map[string]*ast.QueryDocument{"{me}": parse(t, "{me}")})
	pinned, _ := cache.Get(ctx, "{me}")
	made := 0
	count := func() any { made++; return made }
	cache.Beside("{me}", pinned, count)
	for i := range 100 {
		text := fmt.Sprintf("{a%d}", i)
		cache.Add(ctx, text, parse(t, text))
	}
	cache.Add(ctx, "{me}", parse(t, "{me}")) // such as of who parsed it before it was pinned
	if got, ok := cache.Get(ctx, "{me}"); !ok || got != pinned {
		t.Error("a pinned document was dropped")
	}
	cache.Beside("{me}", pinned, count)
	if made != 1 {
		t.Errorf("what lies beside it was made %d times", made)
	}
}

func TestPinningAnewKeepsWhatWasPinned(t *testing.T) {
	cache, ctx := NewCache(CacheConfig{Entries: 1, Memory: units.MiB}, nothing), context.Background()
	first := parse(t, "{me}")
	cache.Pin(map[string]*ast.QueryDocument{"{me}": first, "{you}": parse(t, "{you}")})
	cache.Pin(map[string]*ast.QueryDocument{"{me}": parse(t, "{me}"), "{us}": parse(t, "{us}")})
	if got, ok := cache.Pinned("{me}"); !ok || got != first {
		t.Error("a document was made anew that was pinned already")
	}
	if _, ok := cache.Get(ctx, "{you}"); ok {
		t.Error("a document is pinned that no more is")
	}
	if _, ok := cache.Pinned("{us}"); !ok {
		t.Error("a new document is not pinned")
	}
}
