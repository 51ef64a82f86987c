package middleware_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/middleware"
)

func TestSecureTiesBrowsersHands(t *testing.T) {
	always := http.Header{
		"X-Content-Type-Options":       {"nosniff"},
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
		"X-Frame-Options":              {"DENY"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Referrer-Policy":              {"no-referrer"},
	}
	overTLS := always.Clone()
	overTLS.Set("Strict-Transport-Security", "max-age=31536000")
	page := always.Clone()
	page.Set("Content-Security-Policy", "default-src 'self'")

	silent := func(http.ResponseWriter, *http.Request) {}
	tests := map[string]struct {
		tls     *tls.ConnectionState
		handler http.HandlerFunc
		want    http.Header
	}{
		"plain": {nil, silent, always},
		"TLS":   {&tls.ConnectionState{}, silent, overTLS},
		"a page has its own policy": {nil, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'self'")
		}, page},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.TLS = tt.tls
			middleware.Secure("max-age=31536000")(tt.handler).ServeHTTP(w, r)
			if diff := cmp.Diff(tt.want, w.Header()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
