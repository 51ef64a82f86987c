package rules

import (
	"net/http"
	"testing"
	"time"
)

// A hit is to cost no more than a microsecond or two.
func BenchmarkHit(b *testing.B) {
	var s Settings
	req := get("Accept: */*", "Accept-Encoding: gzip, deflate, br", "Authorization: Bearer x", "User-Agent: x", "Accept-Language: de-DE,de;q=0.9",
		"Cache-Control: no-cache", "X-Request-Id: x", "Traceparent: x")
	head := header("Cache-Control: max-age=600, stale-while-revalidate=60", "Content-Type: application/json", "Content-Length: 1000", `ETag: "abcdef"`,
		"Last-Modified: @-1000", "Vary: Accept-Encoding, Accept-Language", "Date: @0", "Server: x", "X-A: 1", "X-B: 2")
	varied, _ := VariedBy(req, head)
	a, body, now := NewAnswer(200, head, noon, noon, varied, s), make([]byte, 1000), noon.Add(300*time.Second)
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if Judge(req, a, now, s) != Fresh || !Selects(a.Varied, req) || Respond(req, a, body, now).StatusCode != http.StatusOK {
				b.Fatal("it is none")
			}
		}
	})
	b.Run("judge", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Judge(req, a, now, s)
		}
	})
	b.Run("selects", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Selects(a.Varied, req)
		}
	})
	b.Run("respond", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Respond(req, a, body, now)
		}
	})
	b.Run("store", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			NewAnswer(200, head, noon, noon, varied, s)
		}
	})
}
