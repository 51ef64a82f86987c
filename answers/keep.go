package answers

import (
	"context"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/answers/keeping"
	"github.com/concierge-gateway/concierge/provenance"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
)

// alone executes the operation for this request, whatever else is under way.
func (c *Cache) alone(ctx context.Context, q *Question) *outcome {
	ctx, cancel := context.WithDeadline(ctx, q.Until)
	defer cancel()
	if q.Policy.MaxAge <= 0 && !q.Policy.Everybody {
		return &outcome{executed: q.Run(ctx)}
	}
	k := &kept{since: c.Purges.Now(), at: time.Now()}
	ctx, trail := provenance.With(ctx)
	o := &outcome{executed: q.Run(ctx)}
	if o.executed.whole() && c.lasts(k, q.Policy, trail) {
		o.kept = k
	}
	o.own = q.Policy.Everybody && isForbidden(trail)
	return o
}

// isForbidden reports whether a service says of a part that it is not to be used again: it may be for whoever asked alone,
// whatever the service declares.
func isForbidden(trail *provenance.Trail) bool {
	_, _, allowed := trail.Read()
	return !allowed
}

// lasts finds out for how long an answer may be used that was just made: as long as the schema and all services let it, from when
// it was asked for. It is false where that is not worth a second.
func (c *Cache) lasts(k *kept, p *Policy, trail *provenance.Trail) bool {
	tags, until, allowed := trail.Read()
	age := p.MaxAge
	if c.config.MaxAge > 0 {
		age = min(age, c.config.MaxAge)
	}
	k.tags, k.fresh = tags, k.at.Add(age)
	k.stale = k.fresh.Add(p.StaleWhile)
	if !until.IsZero() && until.Before(k.fresh) {
		k.fresh, k.stale = until, until
	}
	return allowed && time.Until(k.fresh) >= time.Second
}

// keep keeps an outcome, where that is for everybody, unless one is known that began later. What carries no tag could not be
// purged.
func (c *Cache) keep(key sharing.Key, q *Question, o *outcome) {
	k := o.kept
	if k == nil || !c.keeps(q) || len(k.tags) == 0 || len(o.executed.Response.Data) > int(c.config.MaxEntry) {
		return
	}
	if newer := c.find(key); newer != nil && newer.at.After(k.at) {
		return
	}
	k.tags = allTags(k.tags, q.Policy.services)
	k.body = newBody(o.executed.Response.Data)
	k.data = dataOf(k.body)
	k.tag = keeping.TagOf(k.data)
	k.cost = o.executed.Cost
	o.stored = true
	c.Memory.Set(key, k, k.stale)
	if c.Second != nil && k.since.Shared > 0 && len(k.tags) <= mostTags {
		c.Second.Set(key, k.pack(), k.stale)
	}
}

// allTags adds the tags of all services to those that were noted, each once.
func allTags(noted []purge.Tag, services []string) []purge.Tag {
	tags := slices.Clone(noted)
	for _, name := range services {
		tags = append(tags, purge.Service(name))
	}
	slices.Sort(tags)
	return slices.Clone(slices.Compact(tags)) // most name their service, and what that took is not kept
}

// find finds what is kept and may still be used. While this instance cannot hear of the others' purges that is nothing: an answer
// can be made of records that were as old as is allowed, and would be twice as old at its own end.
func (c *Cache) find(key sharing.Key) *kept {
	value, ok := c.Memory.Get(key)
	if !ok {
		return nil
	}
	k, ok := value.(*kept)
	if !ok || !time.Now().Before(k.stale) || !c.Purges.Holds(k.since, time.Time{}, k.tags) {
		return nil
	}
	return k
}

// fetch finds what another instance has left.
func (c *Cache) fetch(ctx context.Context, key sharing.Key) *kept {
	if c.Second == nil {
		return nil
	}
	now := c.Purges.Now()
	texts := c.Second.Get(ctx, key)
	if len(texts) != 1 || texts[0] == nil {
		return nil
	}
	return c.take(key, texts[0], now)
}

// skew is by how much the clock of another instance may be ahead.
const skew = time.Second

// take keeps here what another instance has left, where it may still be used. Its place among the purges of this process is that
// of the moment before it was looked for: what is purged from then on is seen.
func (c *Cache) take(key sharing.Key, text []byte, now purge.Position) *kept {
	k, ok := unpack(text)
	if !ok || !time.Now().Before(k.fresh) || time.Until(k.at) > skew || !c.Purges.HoldsShared(k.since, k.tags) {
		return nil
	}
	k.since.Local = now.Local
	c.Memory.Set(key, k, k.stale)
	return k
}
