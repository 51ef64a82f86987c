package document

import (
	"testing"

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
