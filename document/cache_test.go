package document

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/concierge-gateway/concierge/units"
)

func (c *Cache) entries() int {
	c.documents.CleanUp()
	return c.documents.EstimatedSize()
}

// nothing lies beside documents.
func nothing(*ast.QueryDocument, int) int { return 0 }

func TestTheCacheRemembersDocumentsByTheirText(t *testing.T) {
	cache, ctx := NewCache(CacheConfig{Entries: 10, Memory: units.MiB}, nothing), context.Background()
	doc := parse(t, "{me}")
	cache.Add(ctx, "{me}", doc)
	if got, ok := cache.Get(ctx, "{me}"); !ok || got != doc {
		t.Errorf("got %p %t, want %p", got, ok, doc)
	}
	if _, ok := cache.Get(ctx, "{me }"); ok {
		t.Error("another text is known")
	}
}

func TestTheCacheIsBoundedByEntriesAndByMemory(t *testing.T) {
	small, large := "{a%d}", "{a%d"+times(100, " __typename")+"}"
	for _, test := range []struct {
		name   string
		format string
		config CacheConfig
		least  int
		most   int
	}{
		{"small documents by entries", small, CacheConfig{50, units.MiB}, 40, 50},
		{"large documents by memory", large, CacheConfig{1000, units.MiB}, 15, 22},
		{"a document larger than the memory", large, CacheConfig{10, 10 * units.KiB}, 0, 0},
		{"no room at all", small, CacheConfig{0, 0}, 0, 0},
		{"one entry", small, CacheConfig{1, units.MiB}, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			cache := NewCache(test.config, nothing)
			for i := range 300 {
				text := fmt.Sprintf(test.format, i)
				cache.Add(context.Background(), text, parse(t, text))
			}
			if got := cache.entries(); got < test.least || got > test.most {
				t.Errorf("it holds %d documents, want %d to %d", got, test.least, test.most)
			}
		})
	}
}

func TestDocumentsThatComeOnceDoNotDriveOutOthers(t *testing.T) {
	cache, ctx := NewCache(CacheConfig{Entries: 100, Memory: 16 * units.MiB}, nothing), context.Background()
	popular := func(i int) string { return fmt.Sprintf("{popular%d}", i) }
	ask := func(text string) bool {
		if _, ok := cache.Get(ctx, text); ok {
			return true
		}
		cache.Add(ctx, text, parse(t, text))
		return false
	}
	for range 5 {
		for i := range 50 {
			ask(popular(i))
		}
	}
	for i := range 5000 {
		ask(fmt.Sprintf("{once%d}", i))
	}
	kept := 0
	for i := range 50 {
		if ask(popular(i)) {
			kept++
		}
	}
	if kept < 40 {
		t.Errorf("%d of 50 popular documents were kept", kept)
	}
}

func TestTheCacheIsSafeForConcurrentUse(t *testing.T) {
	cache, ctx := NewCache(CacheConfig{Entries: 20, Memory: units.MiB}, nothing), context.Background()
	doc := parse(t, "{me}")
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 500 {
				text := fmt.Sprintf("{a%d}", (i*worker)%40)
				if _, ok := cache.Get(ctx, text); !ok {
					cache.Add(ctx, text, doc)
				}
			}
		})
	}
	group.Wait()
	if got := cache.entries(); got > 20 {
		t.Errorf("it holds %d documents", got)
	}
}

func TestWhatIsMadeOfADocumentLiesBesideIt(t *testing.T) {
	cache, ctx := NewCache(CacheConfig{Entries: 10, Memory: units.MiB}, nothing), t.Context()
	doc, made := parse(t, "{me}"), 0
	ask := func(text string, doc *ast.QueryDocument) (any, bool) {
		return cache.Beside(text, doc, func() any {
			made++
			return made
		})
	}
	if beside, ok := ask("{me}", doc); ok {
		t.Errorf("of a document that is not remembered there is %v", beside)
	}
	cache.Add(ctx, "{me}", doc)
	for range 3 {
		if beside, ok := ask("{me}", doc); !ok || beside != 1 {
			t.Errorf("beside it lies %v, %t, want what was made first", beside, ok)
		}
	}
	again := parse(t, "{me}")
	if beside, ok := ask("{me}", again); ok {
		t.Errorf("of another document of the same text there is %v", beside)
	}
	cache.Add(ctx, "{me}", again)
	if beside, ok := ask("{me}", again); !ok || beside != 2 {
		t.Errorf("beside the new document lies %v, %t, want what is made of it", beside, ok)
	}
	if beside, ok := ask("{me}", doc); ok || made != 2 {
		t.Errorf("of the document that was forgotten there is %v, and %d were made", beside, made)
	}
}

func TestWhatLiesBesideADocumentIsMadeOnce(t *testing.T) {
	cache, doc := NewCache(CacheConfig{Entries: 10, Memory: units.MiB}, nothing), parse(t, "{me}")
	cache.Add(t.Context(), "{me}", doc)
	var all sync.WaitGroup
	made := 0 // without a lock: the race detector sees a second
	for range 50 {
		all.Go(func() {
			if beside, ok := cache.Beside("{me}", doc, func() any { made++; return "it" }); !ok || beside != "it" {
				t.Errorf("beside it lies %v, %t", beside, ok)
			}
		})
	}
	all.Wait()
	if made != 1 {
		t.Errorf("it was made %d times", made)
	}
}

func TestWhatLiesBesideDocumentsTakesRoom(t *testing.T) {
	for beside, want := range map[int]int{0: 1000, 4 << 10: 80, 1 << 20: 0} {
		cache := NewCache(CacheConfig{Entries: 1000, Memory: units.MiB}, func(_ *ast.QueryDocument, nodes int) int { return beside * nodes })
		for i := range 1100 {
			text := fmt.Sprintf("{a%d b}", i)
			cache.Add(t.Context(), text, parse(t, text))
		}
		if got := cache.entries(); got > want || got < want*2/3 {
			t.Errorf("with %d bytes beside each node it holds %d documents, want about %d", beside, got, want)
		}
	}
}

// What a fragment holds is made again wherever it is spread.
func TestWhatLiesBesideADocumentWeighsByWhatItRuns(t *testing.T) {
	for text, nodes := range map[string]uint64{
		"{me}":      2,
		"{me{a b}}": 4,
		"{a{...f} b{...f}} fragment f on User{x y z}":                          1 + 2*(1+1+3) + 1 + 3,
		"{a{...f ...f}} fragment f on User{...g ...g} fragment g on User{x y}": 1 + 1 + 2*(1+2*3) + (1 + 2*3) + (1 + 2),
	} {
		cache := NewCache(DefaultCacheConfig(), func(_ *ast.QueryDocument, nodes int) int { return 1000 * nodes })
		doc := parse(t, text)
		cache.Add(t.Context(), text, doc)
		known, _ := cache.Find(text)
		if got := known.weight - weight(text, count(doc), 0); got != 1000*nodes {
			t.Errorf("beside %s lie %d bytes, want 1000 for each of its %d nodes", text, got, nodes)
		}
	}
}

// A document is weighed too heavy rather than too light, so that the bound on memory holds.
func TestADocumentWeighsWhatItTakes(t *testing.T) {
	schema := publicSchema(t)
	for name, text := range map[string]string{
		"headline":      headline,
		"introspection": read(t, "testdata/introspection.graphql"),
		"__typename":    "{" + times(500, "__typename ") + "}",
		"fields":        "{me{" + times(500, "id ") + "}}",
		"fragments":     "{me{" + times(200, "...{id}") + "}}",
		"comments":      "{" + times(1000, "#\n") + "me{id}}",
		"commented":     "{me{" + times(500, "id#\n") + "}}",
		"operations":    times(1000, "{me}"),
		"arguments":     "{" + times(200, "me(a:1,b:2,c:3)") + "}",
		"values":        "{me(a:[" + times(1000, "1 ") + times(1000, "{}") + "])}",
		"variables":     "query(" + times(500, "$a:[I] ") + "){me}",
		"a string":      `{me(a:"` + times(50_000, "a") + `")}`,
		"escapes":       `{me(a:"\n` + times(50_000, "a") + `")}`,
	} {
		t.Run(name, func(t *testing.T) {
			const copies = 40
			docs := make([]*ast.QueryDocument, 0, copies)
			for range copies {
				doc := parse(t, strings.Clone(text))
				validator.ValidateWithRules(schema, doc, Rules())
				docs = append(docs, doc)
			}
			want := int(weight(text, count(docs[0]), 0))
			held := heap()
			runtime.KeepAlive(docs)
			// What is freed after them is theirs alone: they take long to make, and other memory may be let go of meanwhile.
			if got := (held - heap()) / copies; got > want || got < want/8 {
				t.Errorf("it takes %d bytes and weighs %d", got, want)
			}
		})
	}
}

func heap() int {
	runtime.GC()
	runtime.GC() // pools are emptied by the second
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}
