package gateway

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/concierge-gateway/concierge/problem"
)

// paths lead to what is the gateway's own. A router would find parameters in them, of which they have none, and would copy each
// request to keep what it has found: the copy takes more time than all else that it does.
type paths struct {
	exact  map[string]http.Handler
	prefix string
	below  http.Handler // of the paths that go on after the prefix
}

// lead has a handler answer at a path, behind wrappers that a request meets in their order.
func (p *paths) lead(path string, handler http.Handler, wrappers ...func(http.Handler) http.Handler) {
	if p.exact == nil {
		p.exact = make(map[string]http.Handler)
	}
	p.exact[path] = chi.Chain(wrappers...).Handler(handler)
}

// leadBelow has a handler answer at all paths that begin alike.
func (p *paths) leadBelow(prefix string, handler http.Handler) { p.prefix, p.below = prefix, handler }

// ServeHTTP implements http.Handler. A path that is spelled in another way than we do is none of ours.
func (p *paths) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.RawPath
	if path == "" {
		path = r.URL.Path
	}
	switch handler, ok := p.exact[path]; {
	case !isMethod(r.Method):
		unknownMethod("GET, POST")(w, r)
	case ok:
		handler.ServeHTTP(w, r)
	case p.below != nil && strings.HasPrefix(path, p.prefix):
		p.below.ServeHTTP(w, r)
	default:
		http.NotFound(w, r)
	}
}

// isMethod reports whether a method is one that HTTP knows.
func isMethod(name string) bool {
	switch name {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodTrace, "QUERY":
		return true
	default:
		return false
	}
}

// unknownMethod answers requests by methods that a path of the gateway's own does not take, or of which nobody knows anything.
func unknownMethod(allow string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		refuse(w, r, problem.New(problem.MethodNotAllowed, ""))
	}
}
