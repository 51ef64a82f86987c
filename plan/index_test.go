package plan

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/concierge-gateway/concierge/upstreams/record"
)

func TestAnIndexIsAMap(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		ids := index[record.ID]{hash: hashID()}
		parts := index[record.Part]{hash: hashPart()}
		if rapid.Bool().Draw(r, "all collide") {
			ids.hash = func(record.ID) uint64 { return 0 }
		}
		for range 2 {
			byID, byPart := make(map[record.ID]int), make(map[record.Part]int)
			for _, n := range rapid.SliceOf(rapid.Int64Range(0, 200)).Draw(r, "ids") {
				id, part := record.ID(n), record.Part{Of: record.ID(n / 2), Offset: int(n % 2)}
				if _, known := byID[id]; !known {
					byID[id] = ids.put(id)
				}
				if _, known := byPart[part]; !known {
					byPart[part] = parts.put(part)
				}
			}
			if len(ids.keys) != len(byID) || len(parts.keys) != len(byPart) {
				r.Fatalf("%d and %d keys have places, want %d and %d", len(ids.keys), len(parts.keys), len(byID), len(byPart))
			}
			for n := range int64(200) {
				agree(r, &ids, byID, record.ID(n))
				agree(r, &parts, byPart, record.Part{Of: record.ID(n / 2), Offset: int(n % 2)})
			}
			ids.forget()
			parts.forget()
		}
	})
}

func agree[K comparable](r *rapid.T, x *index[K], all map[K]int, key K) {
	place, ok := x.find(key)
	if want, known := all[key]; ok != known || ok && place != want {
		r.Fatalf("%v is at %d, %t, want %d, %t", key, place, ok, want, known)
	}
}
