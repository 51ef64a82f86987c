package answers

import (
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/sharing"
)

// What a question costs whose answer is kept, and one of a caller who asks alone, beside its execution.
func BenchmarkAnswer(b *testing.B) {
	run := responds(`{"products":"` + strings.Repeat("x", 4000) + `"}`)
	caller := func() sharing.Caller { return sharing.Caller{Sent: map[string][]string{"caller id": {"7"}}} }
	for name, policy := range map[string]*Policy{"kept": public(), "alone": {Shared: true, document: "document"}} {
		b.Run(name, func(b *testing.B) {
			site := open(b, nil)
			q := question(policy, run)
			q.Variables, q.asker().caller = map[string]any{"first": int64(20), "after": "bzow"}, caller
			b.ReportAllocs()
			for b.Loop() {
				site.Answer(b.Context(), q)
			}
		})
	}
}
