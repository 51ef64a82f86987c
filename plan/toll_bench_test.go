package plan_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
)

// BenchmarkLimited is BenchmarkAnswer with limits of fields that it never reaches, counted in memory: of a field that leads to 20
// records, of values of 10, or of both.
func BenchmarkLimited(b *testing.B) {
	const room = 1_000_000_000
	for name, limits := range map[string]map[string]int{
		"none": {}, "payment": {"Order.payment": room}, "email": {"User.email": room}, "both": {"Order.payment": room, "User.email": room},
	} {
		b.Run(name, func(b *testing.B) {
			p := performing(b, limited(limits), support, headline, 0)
			limiter := ratelimit.New(ratelimit.Config{Mode: ratelimit.Enforce}, ratelimit.Parts{
				Store: memory.New(memory.DefaultConfig(), nil), Fields: p.limits, Within: time.Second,
				Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler),
			})
			r := httptest.NewRequestWithContext(p.ctx, http.MethodPost, "/graphql", nil)
			b.ReportAllocs()
			for b.Loop() {
				ctx := ratelimit.With(r, limiter.Open(ratelimit.Who{Principal: "100"})).Context()
				p.planner.Run(graphql.WithResponseContext(ctx, present, recovered), p.plan, nil)
			}
		})
	}
}
