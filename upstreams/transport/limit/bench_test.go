package limit

import (
	"net/http"
	"testing"

	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

func BenchmarkAPlace(b *testing.B) {
	for name, config := range map[string]Config{"adaptive": DefaultConfig(), "fixed": bulkhead(1000, 1000)} {
		l, ctx := newLimiter(config), b.Context()
		place := func() {
			if p, err := l.Acquire(ctx, priority.Interactive, 1); err == nil {
				p.Release(attempt.Answered)
			}
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				place()
			}
		})
		b.Run(name+" in parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					place()
				}
			})
		})
	}
}

func BenchmarkLayer(b *testing.B) {
	req := get(b.Context())
	read, _ := answer(nil)
	if _, err := attempt.Read(read, 10); err != nil {
		b.Fatal(err)
	}
	streams, _ := answer(nil)
	for name, each := range map[string]struct{ res *http.Response }{"a whole answer": {read}, "a stream": {streams}} {
		body := each.res.Body
		layer := Layer(newLimiter(DefaultConfig()), roundTripper(func(*http.Request) (*http.Response, error) {
			each.res.Body = body
			return each.res, nil
		}))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				res, err := layer.RoundTrip(req)
				if err != nil {
					b.Fatal(err)
				}
				res.Body.Close()
			}
		})
	}
}

// What calls to one service cost beside each other, whose answers are read already when they come back.
func BenchmarkLayerInParallel(b *testing.B) {
	read, _ := answer(nil)
	if _, err := attempt.Read(read, 10); err != nil {
		b.Fatal(err)
	}
	layer := Layer(newLimiter(DefaultConfig()), roundTripper(func(*http.Request) (*http.Response, error) { return read, nil }))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		req := get(b.Context())
		for pb.Next() {
			if _, err := layer.RoundTrip(req); err != nil {
				b.Error(err)
			}
		}
	})
}
