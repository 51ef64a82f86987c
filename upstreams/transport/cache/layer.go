package cache

import (
	"net/http"
	"slices"
	"strings"

	"github.com/concierge-gateway/concierge/sharing/flight"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/changes"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/underway"
)

// layer answers calls to one service from what is kept, and otherwise by next.
type layer struct {
	*Cache

	next    http.RoundTripper
	whole   int64
	keeps   bool
	flights flight.Group[underway.Mark, *arrival]
}

// Layer answers calls from what is kept and from calls under way, and asks next for all else. Whole is the limit of next's
// answers where it reads them to their end, and 0 where they stream. Where keeps is false, calls under way are shared, and what
// writes have changed is purged, but nothing is kept: that is for answers whose records are kept one by one. A nil Cache leaves
// next as it is.
func (c *Cache) Layer(next http.RoundTripper, whole int64, keeps bool) http.RoundTripper {
	if c == nil {
		return next
	}
	l := &layer{Cache: c, next: next, whole: whole, keeps: keeps}
	l.flights.Lasting, l.flights.Sharing = (*arrival).streams, (*arrival).own
	return l
}

// RoundTrip makes a call, or answers without one.
func (l *layer) RoundTrip(req *http.Request) (*http.Response, error) {
	switch {
	case isRead(req):
		if w := l.wayOf(req); w.enabled && isPlain(req.URL.EscapedPath()) {
			q := l.question(req, w)
			return q.answer()
		}
		return l.next.RoundTrip(req)
	case !changes.Unsafe(req.Method) && !overridden(req.Header):
		return l.next.RoundTrip(req)
	default:
		return l.write(req)
	}
}

// isRead reports whether a request asks for nothing but an answer, and for that of its own URI, which some services take from a
// field. One that comes with a body may ask for anything, one that wants another protocol wants no answer, and a precondition is
// for the service to see.
func isRead(req *http.Request) bool {
	reads := req.Method == http.MethodGet || req.Method == http.MethodHead
	bare := (req.Body == nil || req.Body == http.NoBody) && req.ContentLength == 0
	if !reads || !bare {
		return false
	}
	for name, values := range req.Header { // once, and not once for each name
		if !isPlainName(name) || len(values) > 0 && asksMore(name) {
			return false
		}
	}
	return true
}

// asksMore reports whether a request with a field asks for something else than its method and its URI say, or for more.
func asksMore(name string) bool {
	switch name {
	case "X-Http-Method-Override", "X-Http-Method", "X-Method-Override", "X-Original-Url", "X-Rewrite-Url",
		"Upgrade", "If-Match", "If-Unmodified-Since":
		return true
	default:
		return false
	}
}

// overridden reports whether a field may say that the method is another one, as some services have it.
func overridden(header http.Header) bool {
	return hasLike(header, "X-Http-Method-Override", "X-Http-Method", "X-Method-Override")
}

// disguised reports whether a field may say that the URI is another one.
func disguised(header http.Header) bool { return hasLike(header, "X-Original-Url", "X-Rewrite-Url") }

// hasLike reports whether a header has one of some fields, or one that is no plain name and that some services take for one of
// them.
func hasLike(header http.Header, names ...string) bool {
	for name, values := range header {
		if len(values) > 0 && slices.Contains(names, http.CanonicalHeaderKey(strings.Map(dashed, name))) {
			return true
		}
	}
	return false
}

// dashed is a character of a name as services take it that know none but letters, digits and one more.
func dashed(c rune) rune {
	if isPlainChar(c) {
		return c
	}
	return '-'
}

// isPlainName reports whether a field means the same to all services. Those that make variables of names read _ for -, and so
// would answer by fields that nobody here looks at, such as Accept_Encoding.
func isPlainName(name string) bool {
	for i := range len(name) {
		if !isPlainChar(rune(name[i])) {
			return false
		}
	}
	return true
}

func isPlainChar(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-'
}

// has reports whether a header has one of some fields.
func has(header http.Header, names ...string) bool {
	for _, each := range names {
		if len(header[each]) > 0 {
			return true
		}
	}
	return false
}

// isPlain reports whether everybody takes a path for the same. Routes, services and writes may each read another one in their own
// way, and the answer of one place would be found at another.
func isPlain(path string) bool {
	for i := range len(path) {
		switch path[i] {
		case '/':
			if rest := path[i+1:]; strings.HasPrefix(rest, "/") || isDots(rest) {
				return false
			}
		case '\\':
			return false
		case '%':
			if i+2 < len(path) && isConfusing(path[i+1:i+3]) {
				return false
			}
		}
	}
	return strings.HasPrefix(path, "/")
}

// isDots reports whether a path begins with a segment that leads elsewhere.
func isDots(path string) bool {
	segment, _, _ := strings.Cut(path, "/")
	return segment == "." || segment == ".."
}

// isConfusing reports whether an escaped character could be taken for what divides a path, or for the dots of one.
func isConfusing(digits string) bool {
	switch strings.ToLower(digits) {
	case "2f", "5c", "2e", "00":
		return true
	default:
		return false
	}
}
