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

func TestTheCacheRemembersDocumentsByTheirText(t *testing.T) {
	cache, ctx := NewCache(CacheConfig{Entries: 10, Memory: units.MiB}), context.Background()
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
			cache := NewCache(test.config)
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
	cache, ctx := NewCache(CacheConfig{Entries: 100, Memory: 16 * units.MiB}), context.Background()
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
	cache, ctx := NewCache(CacheConfig{Entries: 20, Memory: units.MiB}), context.Background()
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
			before := heap()
			for range copies {
				doc := parse(t, strings.Clone(text))
				validator.ValidateWithRules(schema, doc, Rules())
				docs = append(docs, doc)
			}
			got := (heap() - before) / copies
			want := int(weight(text, docs[0]))
			if got > want || got < want/8 {
				t.Errorf("it takes %d bytes and weighs %d", got, want)
			}
			runtime.KeepAlive(docs)
		})
	}
}

func heap() int {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}
