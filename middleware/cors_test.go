package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/middleware"
)

func TestAllowOrigins(t *testing.T) {
	const shop = "https://shop.example"
	listed := middleware.CORS{AllowedOrigins: []string{shop}, AllowCredentials: true, MaxAge: 10 * time.Minute}
	forgetful := middleware.CORS{AllowedOrigins: []string{shop}}
	preflightVary := []string{"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}
	preflight := func(origin, method, headers string) *http.Request {
		r := httptest.NewRequest(http.MethodOptions, "/graphql", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", method)
		r.Header.Set("Access-Control-Request-Headers", headers)
		return r
	}
	request := func(origin string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		return r
	}
	const headers = "apollo-require-preflight,authorization,content-type,idempotency-key,traceparent,tracestate,x-apollo-operation-name,x-operation-name,x-request-id"
	tests := map[string]struct {
		cors   middleware.CORS
		r      *http.Request
		status int
		want   http.Header
	}{
		"nothing is listed": {
			middleware.DefaultCORS(), request(shop), 418, http.Header{},
		},
		"nothing is listed, not even for a preflight": {
			middleware.DefaultCORS(), preflight(shop, "POST", headers), 418, http.Header{},
		},
		"a preflight of a listed origin": {
			listed, preflight(shop, "POST", headers), 204, http.Header{
				"Access-Control-Allow-Origin":      {shop},
				"Access-Control-Allow-Methods":     {"POST"},
				"Access-Control-Allow-Headers":     {headers},
				"Access-Control-Allow-Credentials": {"true"},
				"Access-Control-Max-Age":           {"600"},
				"Vary":                             preflightVary,
			},
		},
		"a preflight that nobody shall remember": {
			forgetful, preflight(shop, "GET", "content-type"), 204, http.Header{
				"Access-Control-Allow-Origin":  {shop},
				"Access-Control-Allow-Methods": {"GET"},
				"Access-Control-Allow-Headers": {"content-type"},
				"Access-Control-Max-Age":       {"0"},
				"Vary":                         preflightVary,
			},
		},
		"a preflight of another origin": {
			listed, preflight("https://evil.example", "POST", headers), 204, http.Header{"Vary": preflightVary},
		},
		"a preflight for another method": {
			listed, preflight(shop, "PURGE", headers), 204, http.Header{"Vary": preflightVary},
		},
		"a preflight for another header": {
			listed, preflight(shop, "POST", "x-user-id"), 204, http.Header{"Vary": preflightVary},
		},
		"a request of a listed origin": {
			listed, request(shop), 418, http.Header{
				"Access-Control-Allow-Origin":      {shop},
				"Access-Control-Allow-Credentials": {"true"},
				"Access-Control-Expose-Headers": {
					"X-Request-Id, Retry-After, Ratelimit, Ratelimit-Policy, Concierge-Limited, " +
						"Api-Version, Deprecation, Sunset, Link, Etag, Age, Cache-Status, Location, " +
						"X-Concierge-Partial, X-Concierge-Fallback",
				},
				"Vary": {"Origin"},
			},
		},
		"a request of an origin that only begins like it": {
			listed, request(shop + ".evil.example"), 418, http.Header{"Vary": {"Origin"}},
		},
		"a request of no origin, a sandboxed page": {
			listed, request("null"), 418, http.Header{"Vary": {"Origin"}},
		},
		"a request of no browser": {
			listed, request(""), 418, http.Header{"Vary": {"Origin"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			teapot := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
			middleware.AllowOrigins(tt.cors, middleware.Fields{})(teapot).ServeHTTP(w, tt.r)
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
			if diff := cmp.Diff(tt.want, w.Header()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPagesMaySendAndReadTheFieldsOfTheDoorsThatAreOpen(t *testing.T) {
	const shop = "https://shop.example"
	handler := middleware.AllowOrigins(middleware.CORS{AllowedOrigins: []string{shop}}, middleware.Fields{
		Sent: []string{"Mcp-Method"}, Told: []string{"Www-Authenticate"},
	})(http.NotFoundHandler())
	r := httptest.NewRequest(http.MethodOptions, "/mcp", nil)
	r.Header.Set("Origin", shop)
	r.Header.Set("Access-Control-Request-Method", http.MethodPost)
	r.Header.Set("Access-Control-Request-Headers", "content-type,mcp-method")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if got := w.Header().Get("Access-Control-Allow-Headers"); got != "content-type,mcp-method" {
		t.Errorf("a preflight allows %q", got)
	}
	r.Method = http.MethodPost
	w = httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if got := w.Header().Get("Access-Control-Expose-Headers"); !strings.HasSuffix(got, ", Www-Authenticate") {
		t.Errorf("a page may read %q", got)
	}
}
