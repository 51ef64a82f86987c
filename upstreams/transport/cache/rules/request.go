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

// Wish is what a request wants of every cache that answers a part of it, as it is said in Cache-Control.
type Wish string

// The wishes.
const (
	// Any is content with whatever may be used.
	Any Wish = ""
	// NoCache wants nothing that was known before.
	NoCache Wish = "no-cache"
	// NoStore wants the same, and that nothing is kept of what is answered. By itself, no-store lets a cache on the way answer by
	// what it has kept of others (RFC 9111, 5.2.1.5).
	NoStore Wish = "no-store, no-cache"
)

// WishOf is what the header of a request says. What is finer, such as an age, is none of these.
func WishOf(header http.Header) Wish {
	if len(header["Cache-Control"]) == 0 && len(header["Pragma"]) == 0 { // as it mostly is
		return Any
	}
	switch w := wishesIn(header); {
	case w.noStore:
		return NoStore
	case w.noCache || w.maxAge == 0:
		return NoCache
	default:
		return Any
	}
}

// wishesOf reads what a request says to caches, if that counts.
func wishesOf(req *http.Request, s Settings) wishes {
	if !s.Obey {
		return noWishes()
	}
	return wishesIn(req.Header)
}

func noWishes() wishes {
	return wishes{maxAge: unsaid, minFresh: unsaid, maxStale: unsaid, staleIfError: unsaid}
}

// wishesIn reads what the header of a request says to caches. What cannot be read is taken as what asks for more.
func wishesIn(header http.Header) wishes {
	w := noWishes()
	for _, line := range header["Cache-Control"] {
		if !scan(line, w.take) {
			w.noCache = true
		}
	}
	if len(header["Cache-Control"]) == 0 && hasElement(header["Pragma"], "no-cache") {
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
