package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/concierge-gateway/concierge/middleware"
)

// However an answer is written, it says that it is the last of its connection while the server leaves, and not before.
func TestEachAnswerOfAServerThatLeavesIsTheLastOfItsConnection(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"nothing":           func(http.ResponseWriter, *http.Request) {},
		"a status":          func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"a body":            func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "body") },
		"a body in pieces":  func(w http.ResponseWriter, _ *http.Request) { _ = http.NewResponseController(w).Flush() },
		"a body that comes": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, strings.NewReader("body")) },
		"hints before": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusOK)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var leaving atomic.Bool
			server := httptest.NewServer(middleware.ObserveUntil(&leaving)(handler))
			defer server.Close()
			for _, wanted := range []bool{false, true} {
				leaving.Store(wanted)
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				res, err := server.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				if _ = res.Body.Close(); res.Close != wanted {
					t.Errorf("leaving %t: the answer is the last: %t", wanted, res.Close)
				}
			}
		})
	}
}
