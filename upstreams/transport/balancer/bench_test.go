package balancer

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
)

// nowhere answers at once.
type nowhere struct{ res *http.Response }

func (n nowhere) RoundTrip(*http.Request) (*http.Response, error) { return n.res, nil }
func (nowhere) CloseIdleConnections()                             {}

// benchmark measures what do returns for each policy, with few endpoints and with many.
func benchmark(b *testing.B, do func(ctx context.Context, p *Pool) func()) {
	b.Helper()
	for _, policy := range []Policy{PowerOfTwo, RoundRobin, ByHash} {
		for _, n := range []int{2, 20} {
			ctx := WithAffinity(b.Context(), func(string, string) string { return "somebody" })
			once := do(ctx, poolOf(b, policy, n))
			b.Run(fmt.Sprintf("%s of %d", policy, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					once()
				}
			})
			b.Run(fmt.Sprintf("%s of %d in parallel", policy, n), func(b *testing.B) {
				b.ReportAllocs()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						once()
					}
				})
			})
		}
	}
}

func poolOf(b *testing.B, policy Policy, n int) *Pool {
	b.Helper()
	config := DefaultConfig()
	config.Balance.Policy = policy
	config.Balance.Hash.Principal = true
	var names []string
	for i := range n {
		names = append(names, fmt.Sprint("e", i))
	}
	connect := func(Address) Connection {
		return nowhere{&http.Response{StatusCode: http.StatusOK, Body: http.NoBody}}
	}
	metrics := NewMetrics(prometheus.NewRegistry())
	p, err := New("user", config, addresses(names...), connect, metrics, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// BenchmarkPick leaves out what becomes of the attempt.
func BenchmarkPick(b *testing.B) {
	benchmark(b, func(ctx context.Context, p *Pool) func() {
		call := new(attempt.Call)
		return func() { p.pick(ctx, call, p.clock()) }
	})
}

// BenchmarkPickAndNote is what the package does for an attempt, the endpoint's breaker included.
func BenchmarkPickAndNote(b *testing.B) {
	benchmark(b, func(ctx context.Context, p *Pool) func() {
		call, res := new(attempt.Call), &http.Response{StatusCode: http.StatusOK}
		return func() {
			e, ticket := p.pick(ctx, call, p.clock())
			e.inFlight.Add(1)
			now := p.clock()
			p.tell(e, ticket, attempt.Answered, time.Millisecond)
			e.metrics.attempts.Count(attempt.Answered, res)
			p.note(e, attempt.Answered, now, time.Millisecond)
			p.leave(e)
		}
	})
}

// BenchmarkAttempt adds the copy of the request, and what a call remembers.
func BenchmarkAttempt(b *testing.B) {
	benchmark(b, func(ctx context.Context, p *Pool) func() {
		req := request(ctx, b)
		return func() { _, _ = p.RoundTrip(req) }
	})
}

// BenchmarkSecondPick is that of a retry.
func BenchmarkSecondPick(b *testing.B) {
	benchmark(b, func(ctx context.Context, p *Pool) func() {
		call := new(attempt.Call)
		call.Try("e0")
		return func() { p.pick(ctx, call, p.clock()) }
	})
}
