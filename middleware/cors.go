package middleware

import (
	"net/http"
	"time"

	"github.com/rs/cors"

	"github.com/concierge-gateway/concierge/idempotency"
	"github.com/concierge-gateway/concierge/problem"
)

// Fields are header fields that pages need beside the usual ones.
type Fields struct {
	// Sent are those of requests, such as those that prove who calls.
	Sent []string
	// Told are those of answers.
	Told []string
}

// AllowOrigins lets browsers of the listed origins call, also with further header fields. It answers their preflights itself.
// With no origin listed it does nothing, and browsers of other origins are kept out by their own rules.
func AllowOrigins(c CORS, more Fields) func(http.Handler) http.Handler {
	if len(c.AllowedOrigins) == 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	return cors.New(cors.Options{
		AllowedOrigins:   c.AllowedOrigins,
		AllowCredentials: c.AllowCredentials,
		AllowedMethods: []string{
			http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		},
		AllowedHeaders: append([]string{
			"Content-Type", "Authorization", "Apollo-Require-Preflight",
			problem.RequestIDHeader, "Traceparent", "Tracestate", idempotency.Header,
			"X-Apollo-Operation-Name", "X-Operation-Name",
			"Api-Version", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Range",
		}, more.Sent...),
		ExposedHeaders: append([]string{
			problem.RequestIDHeader, "Retry-After", "Ratelimit", "Ratelimit-Policy", "Concierge-Limited",
			"Api-Version", "Deprecation", "Sunset", "Link", "Etag", "Age", "Cache-Status", "Location",
			"X-Concierge-Partial", "X-Concierge-Fallback",
		}, more.Told...),
		MaxAge: maxAgeSeconds(c.MaxAge),
	}).Handler
}

// maxAgeSeconds is what the library takes: there, 0 is silence, which browsers read as 5 seconds, and -1 is 0.
func maxAgeSeconds(age time.Duration) int {
	if age < time.Second {
		return -1
	}
	return int(age / time.Second)
}
