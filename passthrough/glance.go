package passthrough

import (
	"math/rand/v2"
	"net/http"
	"sync/atomic"

	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/passthrough/proxy"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
)

// way is how a service is reached.
type way struct {
	http.RoundTripper

	known cache.Glancer // what is kept, nil where nothing is
	vain  vain
}

func wayOf(next http.RoundTripper) *way {
	known, _ := next.(cache.Glancer)
	return &way{RoundTripper: next, known: known}
}

// vain is how often in a row nothing was found at a glance. Where nothing ever is, looking is a waste of time.
type vain struct{ misses atomic.Uint32 }

// The bounds of looking in vain: so many times in a row, and then once in so many.
const (
	inVain = 16
	seldom = 64
)

func (v *vain) worth() bool {
	return v.misses.Load() < inVain || rand.IntN(seldom) == 0 //nolint:gosec // it keeps no secret
}

func (v *vain) note(found bool) {
	switch misses := v.misses.Load(); {
	case !found && misses < inVain:
		v.misses.Add(1)
	case found && misses > 0:
		v.misses.Store(0)
	}
}

// glances reports whether a route changes nothing of a request by which answers are kept, but for what glance knows of.
func (h *handler) glances() bool {
	return h.inHeader.none() && h.expects == nil && len(h.takesAdded) == 0 && !h.patience.slow
}

// glance finds what is kept for a request. It is not ok where the request to the service has to be made to know, which is most of
// what an answer costs that is kept.
func (h *handler) glance(r *http.Request, c *caller, to *target, way *way) (kept cache.Kept, ok bool) {
	if way.known == nil || !h.glanced || c.asks || !way.vain.worth() || !proxy.Bare(r) || !h.Raw && wantsLess(r.Header) {
		return kept, false
	}
	question := cache.Glance{Client: r}
	if h.address(&question.URL, r, c, to) != nil {
		return kept, false // whoever makes the request finds that out, too
	}
	if client, ok := forwarded.From(r.Context()); ok {
		question.Host, question.Proto = client.Host, client.Proto
	}
	if !h.Raw {
		question.Encoding = h.encoding
	}
	kept, ok = way.known.Glance(question)
	way.vain.note(ok)
	c.query = question.URL.RawQuery
	return kept, ok
}

// wantsLess reports whether a client wants less than all of an answer, going by its own version of it.
func wantsLess(header http.Header) bool {
	return header["If-None-Match"] != nil || header["If-Modified-Since"] != nil ||
		header["Range"] != nil || header["If-Range"] != nil
}
