package shared

import (
	"testing"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/redis/redistest"
)

func BenchmarkPurge(b *testing.B) {
	i := open(b, patient(), redistest.Start(b))
	meet(b, i)
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			i.purges.Purge(b.Context(), purge.ByWrite, product(1), product(2))
		}
	})
	b.Run("many", func(b *testing.B) {
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				i.purges.Purge(b.Context(), purge.ByWrite, product(1), product(2))
			}
		})
	})
}
