package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/records"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// Cache says what may be kept of a service's answers, and for whom. A *cache.Cache is one.
type Cache interface {
	// Enabled reports whether answers to a request may be kept at all.
	Enabled(req *http.Request) bool
	// Inputs are what of the caller the answer to a request depends on.
	Inputs(req *http.Request) sharing.Inputs
	// Key is that of records that a request asks for in one way. The header and the context of the request say on whose behalf.
	Key(req *http.Request, way string) sharing.Key
	// Settings are by what the answer to a request is judged.
	Settings(req *http.Request) rules.Settings
	// Wish is what whoever asks wants of caches, and may have.
	Wish(ctx context.Context) rules.Wish
}

// Sharer says which calls are for several callers, and which answers. A *cache.Cache is one.
type Sharer interface {
	// Shares reports whether a call may be made for others too, whose keys are equal.
	Shares(req *http.Request) bool
	// Sharable is what an answer was chosen by, where those may be given it whose keys are equal and who say the same in that.
	Sharable(req *http.Request, res *http.Response, asked, came time.Time) (varied []rules.Varied, ok bool)
	// Note counts a call: whether it was made, or others had asked for all that it would have.
	Note(ctx context.Context, shared bool)
}

// Caches are what a client keeps and shares of its service's answers.
type Caches struct {
	Cache
	Sharer

	// Records are the records of lookups. Nil keeps none, and lookups go the Keeping way, too.
	Records *records.Store
	// Keeping is the way on which answers are kept, calls shared, and what writes change is purged. Sharing is the same, but that no
	// answers are kept.
	Keeping, Sharing http.RoundTripper
	// Alone is the way of calls that the client shares by itself.
	Alone http.RoundTripper
	// Groups are the tags of the groups that an answer names (RFC 9875). They are not ok where they are too many to be known. It may
	// be nil.
	Groups func(header http.Header) (tags []purge.Tag, ok bool)
	// Served reports whether no call was made for an answer on one of these ways: it had been kept, or somebody else had asked.
	Served func(res *http.Response) bool
}

// Cached is the same client with caches. It must be closed.
func (c *Client) Cached(with Caches) *Client {
	cached := *c
	cached.transport = with.Keeping
	cached.caches = &caches{Caches: with, refreshes: newRefreshes(), joint: newJoint(c.config.Batch)}
	return &cached
}

// Close ends what the client does in the background, and waits for that.
func (c *Client) Close() {
	if c.caches != nil {
		c.caches.refreshes.close()
	}
}

// caches are the Caches of a client, and what it does because of them. Its methods may be called on nil.
type caches struct {
	Caches

	refreshes *refreshes
	joint     *joint
}

// served reports whether no call was made for an answer.
func (c *caches) served(a answer) bool {
	return a.shared || c != nil && a.res != nil && c.Served != nil && c.Served(a.res)
}

func (c *caches) groups(header http.Header) (tags []purge.Tag, ok bool) {
	if c.Groups == nil {
		return nil, true
	}
	return c.Groups(header)
}

// lookups is the way of calls for records by key, whose answers are kept record by record.
func (c *Client) lookups() http.RoundTripper {
	if c.caches == nil || c.caches.Records == nil {
		return c.transport
	}
	return c.caches.Sharing
}
