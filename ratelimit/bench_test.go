package ratelimit_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/ratelimit/memory"
)

// What a request costs that two rules count, one of them with a burst, as an address and as a caller.
func BenchmarkRequest(b *testing.B) {
	shaped := per(1_000_000_000, time.Minute)
	shaped.Burst = 999_999_999
	l := ratelimit.New(ratelimit.Config{Mode: ratelimit.Enforce, Rules: []ratelimit.Rule{
		{Name: "address", Limit: by(ratelimit.ByIP, per(1_000_000_000, time.Minute))}, {Name: "caller", Limit: shaped},
	}}, ratelimit.Parts{
		Store: memory.New(memory.DefaultConfig(), nil), Within: time.Second, Registry: prometheus.NewRegistry(),
		Log: slog.New(slog.DiscardHandler),
	})
	q := ratelimit.Request{Door: ratelimit.DoorREST}
	trust, _ := forwarded.New(forwarded.DefaultConfig())
	handler := trust.Middleware(l.Before(q)(l.Charge(q)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))))
	plain := httptest.NewRequest(http.MethodGet, "/", nil)
	plain.RemoteAddr = "192.0.2.1:4711"
	plain = plain.WithContext(auth.WithPrincipal(b.Context(), auth.Principal{ID: "7"}))
	answer := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		handler.ServeHTTP(answer, facts.Begin(plain))
	}
}
