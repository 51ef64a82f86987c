package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/middleware"
)

func TestRequestIDKeepsOnlyPlainIDs(t *testing.T) {
	tests := map[string]struct {
		inbound []string
		kept    bool
	}{
		"a plain id":       {[]string{"aZ09._~-"}, true},
		"the longest":      {[]string{strings.Repeat("a", 128)}, true},
		"too long":         {[]string{strings.Repeat("a", 129)}, false},
		"none":             {nil, false},
		"empty":            {[]string{""}, false},
		"two":              {[]string{"a", "b"}, false},
		"a space":          {[]string{"a b"}, false},
		"a line break":     {[]string{"a\nb"}, false},
		"a quote":          {[]string{`a"b`}, false},
		"a letter of more": {[]string{"é"}, false},
		"broken UTF-8":     {[]string{"a\xff"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var inside correlation.Correlation
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header["X-Request-Id"] = tt.inbound
			middleware.RequestID(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				inside = correlation.From(r.Context())
				if w.Header().Get("X-Request-ID") != inside.RequestID {
					t.Error("the answer did not carry the id before the handler ran")
				}
			})).ServeHTTP(w, r)

			if tt.kept {
				if inside.RequestID != tt.inbound[0] {
					t.Errorf("got %q, want the caller's", inside.RequestID)
				}
				return
			}
			id, err := uuid.Parse(inside.RequestID)
			if err != nil || id.Version() != 7 {
				t.Errorf("got %q, want a UUIDv7", inside.RequestID)
			}
		})
	}
}

func TestRequestIDKeepsTheCallersTrace(t *testing.T) {
	var inside correlation.Trace
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	middleware.RequestID(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		inside = correlation.From(r.Context()).Trace
	})).ServeHTTP(httptest.NewRecorder(), r)
	if got := inside.Parent.TraceID(); got != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Errorf("trace id %q", got)
	}
}
