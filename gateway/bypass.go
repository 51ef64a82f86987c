package gateway

import (
	"context"
	"net/http"
	"slices"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

type bypassKey struct{}

// bypasses is what a request wants of caches, and may have.
func bypasses(ctx context.Context) rules.Wish {
	wish, _ := ctx.Value(bypassKey{}).(rules.Wish)
	return wish
}

// bypassed notes of requests that they go around the caches: those that ask for it, of callers with one of the scopes. That of
// others does not count, or anybody could send the services all of their load.
func bypassed(scopes []string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if len(scopes) == 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			wish := rules.WishOf(r.Header)
			if wish != rules.Any && slices.ContainsFunc(scopes, auth.FromContext(r.Context()).Has) {
				r = facts.Add(r, bypassKey{}, wish)
			}
			next.ServeHTTP(w, r)
		})
	}
}
