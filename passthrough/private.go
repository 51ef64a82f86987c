package passthrough

import (
	"net/http"
	"slices"
	"strings"
)

// personal reports whether answers of the route are for some callers only, or differ between callers as far as the gateway knows.
func (r *route) personal() bool {
	differs := r.sight.differs || len(r.limited) > 0
	return differs || len(r.Scopes) > 0 || r.writing != nil || !r.forAnybody(http.MethodGet) || r.namesCaller()
}

// namesCaller reports whether requests or answers are made of who the caller is.
func (r *route) namesCaller() bool {
	if slices.ContainsFunc(r.showsAdded, func(m member) bool { return m.value.namesCaller() }) {
		return true
	}
	for _, each := range r.targets() {
		if len(each.path.parts) > 1 {
			return true
		}
	}
	return slices.ContainsFunc([]edits{r.inHeader, r.inQuery, r.outHeader}, func(e edits) bool {
		return slices.ContainsFunc(slices.Concat(e.defaults, e.set), func(n named) bool { return n.value.namesCaller() })
	})
}

// keepPrivate tells caches that an answer is for one caller. A shared cache knows that of those to requests with Authorization
// (RFC 9111, section 3.5), but neither of cookies nor of keys, and a service may have said otherwise, to some caches even by
// fields of their own (RFC 9213).
func (h *handler) keepPrivate(header http.Header) {
	if !h.private {
		return
	}
	kept := []string{"private"}
	for directive := range strings.SplitSeq(strings.Join(header["Cache-Control"], ","), ",") {
		name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "", "public", "private", "s-maxage", "proxy-revalidate":
		default:
			kept = append(kept, strings.TrimSpace(directive))
		}
	}
	for name := range header {
		if strings.HasSuffix(name, "-Cache-Control") || name == "Surrogate-Control" || name == "X-Accel-Expires" {
			delete(header, name)
		}
	}
	header["Cache-Control"] = []string{strings.Join(kept, ", ")}
	header["Vary"] = append(slices.Clip(header["Vary"]), h.credentials...)
}
