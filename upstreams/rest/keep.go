package rest

import (
	"context"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/provenance"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/records"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
	"github.com/concierge-gateway/concierge/waterfall"
)

// keeping is what is to be done with the records of an answer besides giving them to whoever asked. The zero value is nothing.
type keeping struct {
	answer
	judgement

	trail *provenance.Trail // that notes them, nil where none does
	store bool              // whether they are kept
	way   records.Way       // how
}

// keeping finds out what to do with an answer to a lookup.
func (c *Client) keeping(ctx context.Context, l *looking, a answer) keeping {
	k := keeping{answer: a, trail: provenance.From(ctx)}
	if l.store == nil && k.trail == nil {
		return k
	}
	k.judgement = c.judge(a, k.trail != nil)
	if l.store == nil || a.instead() || c.caches.served(a) { // who made the call keeps the answer
		return k
	}
	k.way = wayOf(l.lookup)
	switch usable := k.storable && records.Usable(k.terms, a.came); {
	case usable:
		k.store = true
	case l.store.Knows(k.way.Name):
		k.store = true
		k.terms = rules.Terms{} // what is kept of the keys is older than this answer
	}
	return k
}

// keep keeps what a call for keys brought, and notes what whoever asked has made use of.
func (c *Client) keep(l *looking, keys []record.ID, k keeping, found map[record.ID][]jsontext.Value) {
	c.note(l, keys, k, found)
	c.store(l, keys, k, found)
}

// note notes what whoever asked for keys has made use of.
func (c *Client) note(l *looking, keys []record.ID, k keeping, found map[record.ID][]jsontext.Value) {
	if k.trail != nil {
		c.noteKeys(k.trail, l.lookup, keys, found)
		c.noteAnswer(k.trail, k.judgement, k.answer)
	}
}

// store keeps what a call for keys brought.
func (c *Client) store(l *looking, keys []record.ID, k keeping, found map[record.ID][]jsontext.Value) {
	if k.store {
		k.way.Key = c.caches.Key(k.req, k.way.Name)
		l.store.Keep(k.way, records.Answer{
			Since: l.since, Began: l.began, Terms: k.terms, Asked: keys, Records: found,
			IDOf: idOf, PathOf: l.lookup.pathOf, Tags: k.groups, Chosen: isChosen(k.answer),
		})
	}
}

// pathOf is where one record is to be found alone.
func (l *Lookup) pathOf(id record.ID) string { return l.One(id).Path }

func idOf(raw jsontext.Value) (record.ID, error) { return keyOf(raw, "id") }

// standIn answers keys with what was known of them where the service failed, or where something else answered in its place.
func (c *Client) standIn(ctx context.Context, l *looking, keys []record.ID, a answer, err error, found *Found[record.ID]) {
	if l.store == nil {
		return
	}
	spared := 0
	if mayStandIn(a, err) {
		for _, key := range keys {
			if l.spare(ctx, key, found) {
				spared++
			}
		}
	}
	if spared > 0 {
		tracing.From(ctx).Number("concierge.stale", int64(spared))
	}
	waterfall.Kept(ctx, c.service, http.MethodGet, l.lookup.Many.Path, spared, spared)
	if len(found.Failed) == 0 {
		found.Failed = nil
	}
	if l.way.Name != "" {
		l.store.Results.Count(stored.Miss, len(keys)-spared)
	}
}

// mayStandIn reports whether something older is better than what came of a call (RFC 5861, section 4). A no is an answer.
func mayStandIn(a answer, err error) bool {
	switch {
	case a.instead():
		return true
	case err == nil:
		return false
	case a.res != nil && (a.res.StatusCode < 200 || a.res.StatusCode > 299):
		return rules.Failed(a.res.StatusCode)
	}
	switch problem.KindOf(err) {
	case problem.UpstreamError, problem.UpstreamUnavailable, problem.UpstreamTimeout, problem.UpstreamOverloaded:
		return true
	default:
		return false
	}
}
