package answers

import (
	"context"
	"time"

	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/tracing"
)

// share answers by an execution, which may be somebody else's that is under way. Who was told nothing by it but that another's
// time was over asks once more.
func (c *Cache) share(ctx context.Context, q *Question, key sharing.Key, counts *stored.Results) Given {
	for attempt := 1; ; attempt++ {
		o, followed, err := c.fly(ctx, q, key)
		switch {
		case err != nil || followed && o.executed.Denied:
			return c.alone(ctx, q).given(q)
		case !followed:
			count(counts.Miss, counts.Hit, o)
			return c.told(o.given(q), report{hit: o.found, stored: o.stored, ttl: o.ttl()})
		case o.late() && attempt == 1 && time.Now().Before(q.Until):
			continue
		case o.own:
			return c.alone(ctx, q).given(q)
		}
		counts.Shared()
		g := o.given(q)
		g.Own = false
		return c.told(g, report{hit: o.found, stored: o.stored, collapsed: true, ttl: o.ttl()})
	}
}

func count(miss, hit func(), o *outcome) {
	if o.found {
		hit()
		return
	}
	miss()
}

// ttl is for how much longer what was found may be used.
func (o *outcome) ttl() time.Duration {
	if !o.found {
		return 0
	}
	return time.Until(o.kept.fresh)
}

// fly joins the execution that is under way, or begins one. One that began before the last purge is left to those who asked
// before, and so is every one while this instance cannot hear of the others' purges.
func (c *Cache) fly(ctx context.Context, q *Question, key sharing.Key) (o *outcome, followed bool, err error) {
	if !c.config.Share {
		return c.lead(ctx, q, key), false, nil
	}
	now := mark{purged: c.Purges.Now(), changes: c.changes.Load(), span: tracing.From(ctx)}
	joins := func(began mark) bool {
		if !began.same(now) || !c.Purges.Holds(began.purged, time.Time{}, nil) {
			return false
		}
		tracing.Joined(began.span, now.span)
		return true
	}
	return c.flights.Do(ctx, flightOf(ctx, key), now, joins,
		func(ctx context.Context) (*outcome, error) { return c.lead(ctx, q, key), nil })
}

// lead comes by the answer for all who wait for it. It may be there by now, or at another instance.
func (c *Cache) lead(ctx context.Context, q *Question, key sharing.Key) *outcome {
	if c.keeps(q) {
		if k := c.find(key); k != nil && time.Now().Before(k.fresh) {
			return &outcome{kept: k, found: true}
		}
		if k := c.fetch(ctx, key); k != nil {
			return &outcome{kept: k, found: true}
		}
	}
	o := c.alone(ctx, q)
	c.keep(key, q, o)
	return o
}
