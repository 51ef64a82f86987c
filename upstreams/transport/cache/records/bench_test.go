package records_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/records"
)

func batch(n int) ([]record.ID, map[record.ID][]jsontext.Value) {
	ids := make([]record.ID, n)
	all := make(map[record.ID][]jsontext.Value, n)
	for i := range ids {
		ids[i] = record.ID(i + 1)
		all[ids[i]] = []jsontext.Value{jsontext.Value(fmt.Sprintf(`{"id":%d,"name":"record %d","notes":"left at the door, as agreed by phone",`+
			`"address":{"street":"Main Street %d","city":"Springfield"},"created_at":"2026-01-02T03:04:05Z"}`, i+1, i, i))}
	}
	return ids, all
}

func BenchmarkFind(b *testing.B) {
	ids, all := batch(20)
	for name, purges := range map[string]int{"nothing was purged": 0, "others were purged": 500} {
		k := newKit(nil)
		for i := range purges {
			k.log.Purge(b.Context(), purge.ByWrite, purge.Record("order", "id", int64(1000+i)))
		}
		way := byID("ada")
		k.Keep(way, records.Answer{Since: k.Now(), Began: time.Now(), Terms: minutes(10, 0, 0), Asked: ids, Records: all})
		b.Run("20 records, "+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := k.Find(b.Context(), way, ids); len(got.Records) != len(ids) {
					b.Fatal("some are missing")
				}
			}
		})
	}
	k, way := newKit(nil), byID("ada")
	b.Run("20 that are missing", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			k.Find(b.Context(), way, ids)
		}
	})
	b.Run("a way of which nothing was kept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if k.Knows(records.ByID) {
				b.Fatal("something was")
			}
		}
	})
}

func BenchmarkKeep(b *testing.B) {
	ids, all := batch(20)
	k, way := newKit(nil), byID("ada")
	terms := minutes(10, 0, 0)
	b.ReportAllocs()
	for b.Loop() {
		k.Keep(way, records.Answer{Since: k.Now(), Terms: terms, Asked: ids, Records: all})
	}
}
