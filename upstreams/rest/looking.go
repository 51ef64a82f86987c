package rest

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/footprint"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/records"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/waterfall"
)

// looking is a lookup, and what is known of its keys before the service is asked.
type looking struct {
	records.Found

	client *Client
	lookup Lookup
	keys   []record.ID
	store  *records.Store // nil where no records are kept
	since  purge.Position // what is asked from now on is as new as that
	began  time.Time      // when that was
	way    records.Way    // by which something was looked for; the zero Way where nothing was
	once   sync.Once      // for forget
}

// looks begins a lookup of which nothing is known.
func (c *Client) looks(lookup Lookup, keys []record.ID) *looking {
	l := &looking{client: c, lookup: lookup, keys: keys}
	l.Missing = keys
	if c.caches != nil && c.caches.Records != nil {
		l.store = c.caches.Records
		l.since, l.began = l.store.Now(), time.Now()
	}
	return l
}

// look finds what is known already. Nothing is computed as long as nothing was kept of what is asked in this way.
func (l *looking) look(ctx context.Context) {
	if l.store == nil || l.store.Empty() {
		return
	}
	way := wayOf(l.lookup)
	if !l.store.Knows(way.Name) {
		return
	}
	if l.client.caches.Wish(ctx) != rules.Any {
		l.store.Results.Count(stored.Bypassed, len(l.keys))
		return
	}
	var ok bool
	if way.Key, ok = l.key(ctx, way); ok {
		l.way = way
		l.Found = l.store.Find(ctx, way, l.keys)
		calls := Batching{Max: l.client.chunk(l.lookup)}.Calls
		known := len(l.keys) - len(l.Missing)
		if known > 0 {
			tracing.From(ctx).Number("concierge.known", int64(known))
		}
		waterfall.Kept(ctx, l.client.service, http.MethodGet, l.lookup.Many.Path, known, len(l.Stale))
		needless := calls(len(l.keys)) - calls(len(l.Missing))
		spared(ctx, needless, known)
		if needless > 0 {
			footprint.From(ctx).Cached(string(waterfall.Hit), true)
		}
	}
}

// wayOf is what a lookup asks for, but for the keys, and without the caller. Records by their own ids are the same, however they
// are asked for, unless the call says more than the ids.
func wayOf(lookup Lookup) records.Way {
	way := records.Way{Name: records.ByID, Member: lookup.Member}
	if lookup.Member != "id" || len(lookup.Many.Query) > 0 {
		way.Name = lookup.Member + " by " + lookup.Param + " of " + lookup.Many.Path + "?" + encode(lookup.Many.Query)
	}
	return way
}

// key is that of a way on behalf of the caller. It is not ok where nothing may be kept, or where a setting tells keys apart.
func (l *looking) key(ctx context.Context, way records.Way) (key sharing.Key, ok bool) {
	c, call := l.client, l.lookup.Many
	if c.single(l.lookup) {
		call = l.lookup.One(l.keys[0])
	}
	req, err := c.bare(ctx, call)
	if err != nil || !c.caches.Enabled(req) || c.single(l.lookup) && !l.alike(*req) {
		return sharing.Key{}, false
	}
	return c.caches.Key(req, way.Name), true
}

// alike reports whether the calls for each key by itself go by the same settings as that for the first.
func (l *looking) alike(req http.Request) bool {
	inputs := l.client.caches.Inputs(&req)
	for _, id := range l.keys[1:] {
		u := *req.URL
		u.Path = l.lookup.One(id).Path
		req.URL = &u
		if !l.client.caches.Enabled(&req) || l.client.caches.Inputs(&req) != inputs {
			return false
		}
	}
	return true
}

// spare answers a key, of which the service did not tell, with what is known of it, if that may be used.
func (l *looking) spare(ctx context.Context, key record.ID, found *Found[record.ID]) (ok bool) {
	list, ok := l.OnError(ctx, key)
	if !ok {
		return false
	}
	if found.Records == nil {
		found.Records = make(map[record.ID][]jsontext.Value)
	}
	found.Records[key] = list
	delete(found.Failed, key)
	return true
}

// forget drops what is kept of the keys, because somebody could not read it.
func (l *looking) forget(ctx context.Context) {
	l.once.Do(func() {
		way := wayOf(l.lookup)
		if !l.store.Knows(way.Name) {
			return
		}
		var ok bool
		if way.Key, ok = l.key(ctx, way); ok {
			l.store.Forget(way, l.keys)
		}
	})
}
