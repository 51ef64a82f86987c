package middleware

import (
	"net/http"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/units"
)

// HeaderLimit refuses requests whose header, request line included, is larger than limit. net/http bounds it as well, some
// KiB further out, and its answer has neither a code nor an id nor a line in the log.
func HeaderLimit(limit units.Bytes) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if headerBytes(r) > int64(limit) {
				refuse(w, r, problem.New(problem.HeaderTooLarge, "the request header is larger than "+limit.String()))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// headerBytes is the size of a request's header as HTTP/1.1 writes it.
func headerBytes(r *http.Request) int64 {
	const requestLine, field = len("  HTTP/1.1\r\n"), len(": \r\n")
	size := len(r.Method) + len(r.RequestURI) + requestLine + len("Host") + len(r.Host) + field
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value) + field
		}
	}
	return int64(size)
}
