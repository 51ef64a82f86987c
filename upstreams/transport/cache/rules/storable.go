package rules

import "net/http"

// Storable reports whether an answer may be kept, and would be of any use (RFC 9111, 3). The request is that of the client,
// without the cache's own conditions. That the body has come whole, the caller knows.
func Storable(req *http.Request, a Answer, s Settings) bool {
	return keepable(req, a, s) && asks(req, s)
}

// Sharable reports whether an answer may be given to those who asked the same at the same time. It need not be of use later, and
// so is judged by settings that make use of anything. A failure is judged as an answer is: to ask a service once more for each of
// those who wait would not help it.
func Sharable(req *http.Request, a Answer, s Settings) bool {
	if !asks(req, s) {
		return false
	}
	k := *read(a, s)
	s.TTL, s.NegativeTTL, s.StaleIfError = longest, longest, longest
	if a.Status >= http.StatusInternalServerError {
		a.Status = http.StatusOK
	}
	k.time(a, s)
	return k.keepable(req, a, s)
}

// asks reports whether the answer to a request may be one to others, as far as the request says.
func asks(req *http.Request, s Settings) bool {
	return req.Method == http.MethodGet && plain(req) && !wishesOf(req, s).noStore
}

// keepable is what is storable as far as the answer says.
func keepable(req *http.Request, a Answer, s Settings) bool { return read(a, s).keepable(req, a, s) }

func (k *known) keepable(req *http.Request, a Answer, s Settings) bool {
	switch {
	case !k.useful(a, s): // which is known most quickly
		return false
	case ofRequest(a.Status) || k.mustUnderstand && !understood(a.Status):
		return false
	case k.forbids(s):
		return false
	case len(req.Header["Authorization"]) > 0 && !s.Private && !k.credited:
		return false
	case len(a.Header["Set-Cookie"]) > 0 && !k.withheld("Set-Cookie", s) && !s.Private && !s.Cookies:
		return false
	}
	_, ok := VariedBy(req, a.Header)
	return ok
}

// forbids reports whether nobody but who asked may be given any of an answer.
func (d *directives) forbids(s Settings) bool { return d.noStore || d.private && !s.Private }

// useful reports whether a stored answer could ever be used: without asking, or by asking whether it is still good. What does
// not say that it may be kept is, only where its status is meant for that.
func (k *known) useful(a Answer, s Settings) bool {
	may := k.explicit || k.public || k.private && s.Private || heuristically(a.Status)
	return may && (!k.terms.Last().IsZero() || entityTag(a.Header) != "" || lastModified(a.Header) != "")
}
