package proxy

import "net/http"

// late is fields of which nobody knows before the body was rewritten whether an answer has them. They go in its header, where
// that is still to be written then, and in its trailer otherwise.
type late struct {
	names []string
	whole bool        // the body is known to its end
	trail http.Header // what of them comes in the trailer
}

// toTrail are those that may come in the trailer of an answer whose header is written now: none where the body is known already,
// or the client reads no trailer (RFC 9110, section 6.5.1).
func (l *late) toTrail(r *http.Request) []string {
	reads := r.ProtoMajor >= 2 || r.ProtoAtLeast(1, 1) && lists(r.Header["Te"], "trailers")
	if l.whole || !reads {
		return nil
	}
	return l.names
}

// settle finds out what comes in the trailer, when the body is known to its end.
func (l *late) settle(a *answer) {
	if a.begun && len(l.names) > 0 {
		l.trail = make(http.Header, len(l.names))
		for _, name := range l.toTrail(a.r) {
			if values := a.res.Header[name]; values != nil {
				l.trail[name] = values
			}
		}
	}
	l.whole = true
}
