package middleware

import (
	"net/http"
	"strings"

	"github.com/concierge-gateway/concierge/problem"
)

// Strict refuses what net/http lets pass and no honest client sends: a path with a NUL in it, at which a service written
// in C would see the path end.
func Strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.ContainsRune(r.URL.Path, 0) {
			refuse(w, r, problem.New(problem.BadInput, "the path contains a NUL"))
			return
		}
		next.ServeHTTP(w, r)
	})
}
