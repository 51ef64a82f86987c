package rules

import (
	"net/http"
	"time"
)

// usable reports whether a stored answer can be one to a request at all: to GET or HEAD without a body, which no key knows of.
// Whether If-Match and If-Unmodified-Since hold, only the service can tell (RFC 9111, 4.3.2).
func usable(req *http.Request) bool {
	header := req.Header
	return (req.Method == http.MethodGet || req.Method == http.MethodHead) && plain(req) &&
		len(header["If-Match"]) == 0 && len(header["If-Unmodified-Since"]) == 0
}

// plain reports whether a request is nothing else than its method says. Some services take another method from a field, and some
// read the body of GET.
func plain(req *http.Request) bool {
	header := req.Header
	return req.ContentLength == 0 && (req.Body == nil || req.Body == http.NoBody) && len(header["Transfer-Encoding"]) == 0 &&
		len(header["X-Http-Method-Override"]) == 0 && len(header["X-Http-Method"]) == 0 && len(header["X-Method-Override"]) == 0
}

// wishes are what a request says to caches. Times are unsaid where it does not say them.
type wishes struct {
	noStore, noCache, onlyIfCached           bool
	maxAge, minFresh, maxStale, staleIfError time.Duration
}

// wishesOf reads what a request says to caches, if that counts. What cannot be read is taken as what asks for more.
func wishesOf(req *http.Request, s Settings) wishes {
	w := wishes{maxAge: unsaid, minFresh: unsaid, maxStale: unsaid, staleIfError: unsaid}
	if !s.Obey {
		return w
	}
	for _, line := range req.Header["Cache-Control"] {
		if !scan(line, w.take) {
			w.noCache = true
		}
	}
	if len(req.Header["Cache-Control"]) == 0 && hasElement(req.Header["Pragma"], "no-cache") {
		w.noCache = true // RFC 9111, 5.4
	}
	return w
}

func (w *wishes) take(said directive) {
	switch said.name {
	case "no-store":
		w.noStore = true
	case "no-cache":
		w.noCache = true
	case "only-if-cached":
		w.onlyIfCached = true
	case "max-age":
		takeTime(&w.maxAge, said)
	case "stale-if-error":
		takeTime(&w.staleIfError, said)
	case "min-fresh":
		if n, ok := secondsOf(said.text); ok {
			w.minFresh = max(w.minFresh, n)
			return
		}
		w.minFresh = longest
	case "max-stale":
		if said.shape == bare {
			said.text = "2147483648" // however stale it is
		}
		takeTime(&w.maxStale, said)
	}
}

// OnlyIfCached reports whether a request is not to go on to the service: what the store cannot answer is answered 504 (RFC 9111,
// 5.2.1.7).
func OnlyIfCached(req *http.Request, s Settings) bool { return wishesOf(req, s).onlyIfCached }
