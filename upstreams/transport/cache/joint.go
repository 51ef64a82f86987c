package cache

import (
	"context"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/waterfall"
)

// What is in this file is for those who share calls by themselves, since they know more of what is asked for than its URL. Their
// calls go by a way without this layer.

// Shares reports whether a call like this may be made for others too, who ask for the same by equal keys of records. Those say
// nothing of which host a client asked, so a call that does is nobody else's.
func (c *Cache) Shares(req *http.Request) bool {
	return req.Method == http.MethodGet && isRead(req) && c.Enabled(req) && isPlain(req.URL.EscapedPath()) &&
		!c.Settings(req).Obey && !has(req.Header, "Range", "X-Forwarded-Host", "X-Forwarded-Proto")
}

// Sharable is what the answer to a request was chosen by, where those may be given it who have asked by equal keys and say the
// same in that. Otherwise it is not ok, and the answer is for whoever asked alone. asked and came are when the request was sent,
// and when the head of its answer was there.
func (c *Cache) Sharable(req *http.Request, res *http.Response, asked, came time.Time) (varied []rules.Varied, ok bool) {
	answer, ok := sharable(req, res, span{asked, came}, c.Settings(req))
	return answer.Varied, ok
}

// Note counts a call, and tells those who want to know of it: whether it was made, or others had asked for all of it.
func (c *Cache) Note(ctx context.Context, shared bool) {
	if shared {
		c.results.Shared()
		note(ctx, waterfall.Shared)
		return
	}
	c.results.Miss()
	note(ctx, waterfall.Miss)
}
