package auth_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
)

// What a token costs the first time and when it is remembered: the reason for remembering.
func BenchmarkMiddleware(b *testing.B) {
	cfg := settings()
	v, err := auth.New(cfg, prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	handler := v.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w := httptest.NewRecorder()
	scopes := []string{"users:read", "users:pii", "orders:read", "payments:read"}
	request := func(subject string) *http.Request {
		text, err := auth.Sign(cfg, subject, scopes, time.Hour, time.Now())
		if err != nil {
			b.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
		r.Header.Set("Authorization", "Bearer "+text)
		return r
	}
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		requests := make([]*http.Request, b.N)
		for i := range requests {
			requests[i] = request(strconv.Itoa(i))
		}
		b.ResetTimer()
		for _, r := range requests {
			handler.ServeHTTP(w, r)
		}
	})
	b.Run("remembered", func(b *testing.B) {
		b.ReportAllocs()
		r := request("7")
		for b.Loop() {
			handler.ServeHTTP(w, r)
		}
	})
}
