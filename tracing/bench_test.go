package tracing_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/tracing"
)

// nowhere drops what it is given.
type nowhere struct{}

func (nowhere) Put(*tracing.Record) {}

// BenchmarkRequest is what tracing takes of a request that makes four calls on two levels: all that is begun, said and ended.
func BenchmarkRequest(b *testing.B) {
	every := tracing.DefaultConfig()
	every.Sample, every.MaxTraces = 1, 100_000_000
	none := every
	none.Sample = 0
	hundredth := every
	hundredth.Sample = 0.01
	for _, each := range []struct {
		name   string
		tracer *tracing.Tracer
	}{
		{"off", nil},
		{"none", tracing.New(none, nowhere{}, prometheus.NewRegistry())},
		{"one of a hundred", tracing.New(hundredth, nowhere{}, prometheus.NewRegistry())},
		{"all", tracing.New(every, nowhere{}, prometheus.NewRegistry())},
	} {
		b.Run(each.name, func(b *testing.B) {
			b.ReportAllocs()
			h := middleware.RequestID(each.tracer.Requests(nil)(http.HandlerFunc(twoLevels)))
			r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", http.NoBody)
			w := httptest.NewRecorder()
			for b.Loop() {
				h.ServeHTTP(w, r)
			}
		})
	}
}

func twoLevels(_ http.ResponseWriter, r *http.Request) {
	ctx, operation := tracing.Start(r.Context(), "query")
	operation.Text("graphql.operation.type", "query")
	for _, calls := range []int{1, 3} {
		on, level := tracing.Start(ctx, "level")
		for range calls {
			of, batch := tracing.Start(on, "batch")
			batch.Text("concierge.read", "User")
			batch.Number("concierge.keys", 20)
			of, call := tracing.Start(of, "call")
			call.Text("concierge.service", "user")
			attempt := tracing.From(of).Attempt(http.MethodGet)
			attempt.Text("server.address", "127.0.0.1")
			attempt.Ask(http.Header{})
			attempt.End()
			call.Number("http.response.status_code", 200)
			call.End()
			batch.End()
		}
		level.End()
	}
	operation.End()
}
