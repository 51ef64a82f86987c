package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/concierge-gateway/concierge/middleware"
)

func TestStrictRefusesPathsWithANUL(t *testing.T) {
	tests := map[string]int{
		"/graphql":         204,
		"/users/%2e%2e":    204,
		"/users/7%00.json": 400,
		"/%00":             400,
		"/users/7?x=%00":   204, // the query is not for us to read
	}
	for target, want := range tests {
		t.Run(target, func(t *testing.T) {
			w := httptest.NewRecorder()
			passed := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
			middleware.Strict(passed).ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
			if w.Code != want {
				t.Errorf("status %d, want %d", w.Code, want)
			}
		})
	}
}
