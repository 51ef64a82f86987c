package rest

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// BenchmarkFind is what a lookup takes where the answer is at hand: kept record by record, or from a service that answers at once.
func BenchmarkFind(b *testing.B) {
	keys := make([]record.ID, 20)
	for i := range keys {
		keys[i] = record.ID(i + 21)
	}
	_, body, _ := all(&http.Request{URL: &url.URL{Path: "/things", RawQuery: "ids=" + commaList(keys)}})
	for name, change := range map[string]func(*shop){
		"20 known records":            nil,
		"20 that depend on all":       func(s *shop) { s.inputs = sharing.All },
		"a service that says nothing": func(s *shop) { s.header = http.Header{} },
		"no caches":                   func(s *shop) { s.header = http.Header{} },
	} {
		s := open(change)
		if name == "no caches" {
			s.client.caches = nil
		}
		s.answer = answering(body).answer
		ctx := as(b.Context(), "ada")
		lookup := plainThings()
		s.client.Find(ctx, lookup, keys)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				found := s.client.Find(ctx, lookup, keys)
				found.Split(ctx)
				if len(found.Records) != len(keys) {
					b.Fatal(found)
				}
				s.asked = s.asked[:0]
			}
		})
	}
}
