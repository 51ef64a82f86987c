package document

import (
	"syscall"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/validator"
)

func BenchmarkCheck(b *testing.B) {
	for name, text := range benchmarked(b) {
		b.Run(name, func(b *testing.B) {
			doc, limits := parse(b, text), DefaultLimits()
			b.ReportAllocs()
			for b.Loop() {
				if err := limits.Check(doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for name, text := range benchmarked(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				parse(b, text)
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	schema := publicSchema(b)
	for name, text := range benchmarked(b) {
		b.Run(name, func(b *testing.B) {
			doc := parse(b, text)
			b.ReportAllocs()
			for b.Loop() {
				validator.ValidateWithRules(schema, doc, Rules())
			}
		})
	}
}

// benchmarked are what a page asks, what GraphiQL asks, and the worst of each shape that the default limits admit.
func benchmarked(b *testing.B) map[string]string {
	b.Helper()
	texts := map[string]string{
		"headline":      headline,
		"introspection": read(b, "testdata/introspection.graphql"),
	}
	for name, shape := range hostile() {
		texts["worst "+name] = largest(DefaultLimits(), shape)
	}
	return texts
}

// BenchmarkHostile says how long each attack keeps a processor busy before it is refused, and the worst that is admitted until it
// is validated. The processor's time is what the whole process takes, the collection of garbage included.
func BenchmarkHostile(b *testing.B) {
	limits, schema := DefaultLimits(), publicSchema(b)
	for _, attack := range attacks() {
		busy(b, "refused/"+attack.name, func() { limits.checkText(attack.text) })
	}
	for name, body := range batches() {
		d := newDoor(b, limits)
		busy(b, "batch/"+name, func() { d.post(body) })
	}
	for _, shapes := range []map[string]func(int) string{edges(), hostile()} {
		for name, shape := range shapes {
			text := largest(limits, shape)
			busy(b, "admitted/"+name, func() {
				limits.checkText(text)
				validator.ValidateWithRules(schema, parse(b, text), Rules())
			})
			busy(b, "remembered/"+name, again(b, text))
		}
	}
}

// again refuses a document that is remembered to a caller who may not ask the last thing that is counted.
func again(b *testing.B, text string) func() {
	b.Helper()
	cache := NewCache(DefaultCacheConfig(), nothing)
	cache.Add(b.Context(), text, parse(b, text))
	known, _ := cache.Find(text)
	strict := DefaultLimits()
	strict.Nodes = known.needs.Nodes - 1
	return func() { strict.checkKnown(text, known) }
}

func busy(b *testing.B, name string, work func()) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		before := processor(b)
		for b.Loop() {
			work()
		}
		b.ReportMetric(float64(processor(b)-before)/float64(b.N), "cpu-ns/op")
	})
}

// processor is the time that the process took so far.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkKnown is what a remembered document costs the guard.
func BenchmarkKnown(b *testing.B) {
	cache := NewCache(DefaultCacheConfig(), nothing)
	guard := NewGuard(DefaultLimits().ForEveryone, cache, prometheus.NewRegistry())
	cache.Add(b.Context(), headline, parse(b, headline))
	params := &graphql.RawParams{Query: headline}
	b.ReportAllocs()
	for b.Loop() {
		if err := guard.MutateOperationParameters(b.Context(), params); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAdd is what is measured and weighed of a document when it is remembered.
func BenchmarkAdd(b *testing.B) {
	for name, text := range benchmarked(b) {
		b.Run(name, func(b *testing.B) {
			cache, doc := NewCache(DefaultCacheConfig(), nothing), parse(b, text)
			b.ReportAllocs()
			for b.Loop() {
				cache.Add(b.Context(), text, doc)
			}
		})
	}
}
