package gateway

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/facts"
)

type bypassKey struct{}

// bypasses reports whether a request wants answers that were not known before, and may.
func bypasses(ctx context.Context) bool {
	wants, _ := ctx.Value(bypassKey{}).(bool)
	return wants
}

// bypassed notes of requests that they go around the caches: those that ask for it, of callers with one of the scopes. That of
// others does not count, or anybody could send the services all of their load.
func bypassed(scopes []string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if len(scopes) == 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if wantsFresh(r.Header) && slices.ContainsFunc(scopes, auth.FromContext(r.Context()).Has) {
				r = facts.Add(r, bypassKey{}, true)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// wantsFresh reports whether a client wants no answer that was kept (RFC 9111, sections 5.2.1.4, 5.2.1.5 and 5.4).
func wantsFresh(header http.Header) bool {
	for _, value := range header["Cache-Control"] {
		for directive := range strings.SplitSeq(value, ",") {
			switch strings.ToLower(strings.TrimSpace(directive)) {
			case "no-cache", "no-store", "max-age=0":
				return true
			}
		}
	}
	return len(header["Cache-Control"]) == 0 && strings.EqualFold(header.Get("Pragma"), "no-cache")
}
