package breaker

import (
	"net/http"
	"testing"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

func BenchmarkACall(b *testing.B) {
	opened := func() *Breaker {
		config := DefaultConfig()
		config.Open, config.MaxOpen = time.Hour, time.Hour
		breaker := New(config, nil)
		for range config.MinCalls {
			if ticket, err := breaker.Allow(); err == nil {
				ticket.Done(attempt.Failed, 0)
			}
		}
		return breaker
	}
	for name, breaker := range map[string]*Breaker{
		"closed": New(DefaultConfig(), nil), "open": opened(), "off": New(Config{}, nil),
	} {
		call := func() {
			if ticket, err := breaker.Allow(); err == nil {
				ticket.Done(attempt.Answered, time.Millisecond)
			}
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
		b.Run(name+" in parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					call()
				}
			})
		})
	}
}

func BenchmarkReady(b *testing.B) {
	breaker := New(DefaultConfig(), nil)
	b.ReportAllocs()
	for b.Loop() {
		if !breaker.Ready() {
			b.Fatal("it is not ready")
		}
	}
}

func BenchmarkLayer(b *testing.B) {
	res := &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}
	layer := Layer(New(DefaultConfig(), nil), roundTripper(func(*http.Request) (*http.Response, error) { return res, nil }))
	req := request(b.Context(), b)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = layer.RoundTrip(req)
	}
}
