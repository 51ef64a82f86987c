package purge_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/purge"
)

func filled(b *testing.B, l *purge.Log) {
	b.Helper()
	for n := range int64(purge.DefaultTags) {
		l.Purge(b.Context(), purge.ByWrite, purge.Record("order", "id", n))
	}
}

func BenchmarkHolds(b *testing.B) {
	shared := purge.NewLog(purge.DefaultTags, &teller{})
	for name, l := range map[string]*purge.Log{"alone": purge.NewLog(purge.DefaultTags, nil), "shared": shared} {
		filled(b, l)
		l.Touch(time.Now().Add(time.Hour))
		for _, n := range []int{1, 3, 10} {
			tags := make([]purge.Tag, n)
			for i := range tags {
				tags[i] = purge.Record("product", "id", int64(i))
			}
			since, kept := l.Now(), time.Now()
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if !l.Holds(since, kept, tags) {
							b.Fail()
						}
					}
				})
			})
		}
	}
}

func BenchmarkPurge(b *testing.B) {
	l := purge.NewLog(purge.DefaultTags, nil)
	b.ReportAllocs()
	n := int64(0)
	for b.Loop() {
		n++
		l.Purge(b.Context(), purge.ByWrite, purge.Record("order", "id", n), purge.Lists("order"))
	}
}
