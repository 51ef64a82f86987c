package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/middleware"
)

func TestHeaderLimitCountsTheRequestLineAndEveryField(t *testing.T) {
	const line, host = len("GET / HTTP/1.1\r\n"), len("Host: example.com\r\n")
	tests := map[string]struct {
		target string
		header http.Header
		status int
	}{
		"nothing but the line and the host": {"/", nil, 204},
		"as large as allowed":               {"/", http.Header{"A": {strings.Repeat("x", 100-line-host-5)}}, 204},
		"a byte more":                       {"/", http.Header{"A": {strings.Repeat("x", 100-line-host-4)}}, 431},
		"many small fields":                 {"/", http.Header{"A": make([]string, 14)}, 431},
		"a long path":                       {"/" + strings.Repeat("x", 100), nil, 431},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			passed := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
			r := httptest.NewRequest(http.MethodGet, tt.target, nil)
			r.Header = tt.header
			w := httptest.NewRecorder()
			middleware.HeaderLimit(100)(passed).ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
		})
	}
}
