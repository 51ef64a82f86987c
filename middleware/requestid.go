package middleware

import (
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/problem"
)

// maxRequestIDBytes leaves room for whatever ids people use, and none for a payload in every log line.
const maxRequestIDBytes = 128

// RequestID gives each request its id and its place in a trace, for correlation.From to find, and names the id on the
// answer before anything else can answer. A caller's own id is kept where it is safe to log; otherwise it is a UUIDv7,
// which sorts by time.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := inboundID(r.Header.Values(problem.RequestIDHeader))
		if id == "" {
			id = uuid.Must(uuid.NewV7()).String() // fails only without randomness, and Go ends the process then
		}
		w.Header().Set(problem.RequestIDHeader, id)
		c := correlation.Correlation{RequestID: id, Trace: correlation.NextHop(r.Header)}
		next.ServeHTTP(w, r.WithContext(correlation.With(r.Context(), c)))
	})
}

// inboundID is the caller's id, or empty where there is none, several, or one that is not plain.
func inboundID(values []string) string {
	if len(values) != 1 || len(values[0]) > maxRequestIDBytes || strings.IndexFunc(values[0], notPlain) >= 0 {
		return ""
	}
	return values[0]
}

// notPlain tells what is not unreserved in URLs (RFC 3986, section 2.3): the rest needs quoting in one place or another.
func notPlain(c rune) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	digit := '0' <= c && c <= '9'
	return !letter && !digit && !strings.ContainsRune("._~-", c)
}
