package rules

import (
	"net/http"
	"time"
)

// Judge is what to do with a stored answer that Selects the request (RFC 9111, 4).
func Judge(req *http.Request, a Answer, now time.Time, s Settings) Use {
	if !usable(req) {
		return Miss
	}
	k := read(a, s)
	if !s.Obey {
		return k.use(now)
	}
	return k.useBy(wishesOf(req, s), AgeOf(a, now), now)
}

// use is what to do with an answer of which the request says nothing.
func (k *known) use(now time.Time) Use {
	switch {
	case now.Before(k.terms.Fresh):
		return Fresh
	case now.Before(k.terms.StaleWhile):
		return StaleWhileRevalidating
	default:
		return Validate
	}
}

// useBy is what to do with an answer by what the request wishes (RFC 9111, 5.2.1).
func (k *known) useBy(w wishes, age time.Duration, now time.Time) Use {
	switch {
	case w.noStore:
		return Miss
	case w.noCache || w.tooOld(age):
		return Validate
	case now.Before(k.terms.Fresh):
		if k.terms.Fresh.Sub(now) < w.minFresh {
			return Validate
		}
		return Fresh
	case w.minFresh != unsaid:
		return Validate
	case w.maxStale != unsaid && !k.terms.MustRevalidate && now.Before(k.end.Add(w.maxStale)):
		return Fresh
	case w.maxAge != unsaid:
		return Validate // who says so wants nothing stale
	default:
		return k.use(now)
	}
}

// tooOld reports whether an answer is older than the request wants it. To want none that is older than now is to want a new one.
func (w *wishes) tooOld(age time.Duration) bool {
	return w.maxAge == 0 || w.maxAge != unsaid && age > w.maxAge
}

// Why is the reason that a request goes on though there is an answer which Selects it: for Cache-Status.
func Why(req *http.Request, a Answer, now time.Time, s Settings) Forward {
	switch {
	case req.Method != http.MethodGet && req.Method != http.MethodHead:
		return Method
	case !plain(req):
		return Bypass
	case read(a, s).use(now) == Validate:
		return Stale
	default:
		return Requested
	}
}

// MayServeOnError reports whether an answer may stand in for a service that fails (RFC 5861, 4; RFC 9111, 4.2.4). Where s obeys
// the request, it may allow that too, and one that wants nothing of the store gets the error.
func MayServeOnError(req *http.Request, a Answer, now time.Time, s Settings) bool {
	if !usable(req) {
		return false
	}
	k, w := read(a, s), wishesOf(req, s)
	switch {
	case w.noStore || w.noCache || k.noCache || k.noStore:
		return false
	case now.Before(k.terms.Fresh) || now.Before(k.terms.StaleIfError):
		return true
	default:
		return w.staleIfError != unsaid && !k.terms.MustRevalidate && a.Status < 500 && now.Before(k.end.Add(w.staleIfError))
	}
}
