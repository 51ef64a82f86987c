package rest

import (
	"context"
	"net/http"

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
	// Bypassed reports whether whoever asks wants only what is new, and may have that.
	Bypassed(ctx context.Context) bool
}

// Caches are what a client keeps and shares of its service's answers.
type Caches struct {
	Cache

	// Records are the records of lookups. Nil keeps none, and lookups go the Keeping way, too.
	Records *records.Store
	// Keeping is the way on which answers are kept, calls shared, and what writes change is purged. Sharing is the same, but that no
	// answers are kept.
	Keeping, Sharing http.RoundTripper
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
	cached.caches = &caches{Caches: with, refreshes: newRefreshes()}
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
}

func (c *caches) served(res *http.Response) bool {
	return c != nil && res != nil && c.Served != nil && c.Served(res)
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
