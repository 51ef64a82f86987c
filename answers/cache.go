package answers

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/sharing/flight"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache/rules"
)

// Stores are where a Cache keeps what it keeps, and whom it tells.
type Stores struct {
	// Memory is the share of the answers to operations. Nil keeps nothing.
	Memory *stored.Part
	// Second is what instances share, nil where there is none.
	Second *stored.Second
	// Purges are what must not be used any more.
	Purges *purge.Log
	// Metrics count what came of questions, nil counts nothing.
	Metrics *stored.Metrics
	// Operations are the names of operations that metrics tell apart.
	Operations []string
	// Bypass is what a request wants of caches, and may have. Nil is nothing of anybody.
	Bypass func(ctx context.Context) rules.Wish
	// Timeout bounds an execution that nobody waits for.
	Timeout time.Duration
	// Status lets answers say what became of the question (Cache-Status, RFC 9211).
	Status bool
	// Changes count the mutations that have run, which all that keep in the same Memory have in common. Nil is those of this one.
	Changes *atomic.Uint64
	// Log is told of what should not happen.
	Log *slog.Logger
}

// Cache gives answers to operations: those that are known, those that are being found out, and otherwise new ones. It is safe for
// concurrent use.
type Cache struct {
	Stores

	config    Config
	results   map[string]*stored.Results
	others    *stored.Results
	flights   flight.Group[mark, *outcome]
	changes   *atomic.Uint64
	refreshes refreshes
}

// mark is what an execution began after.
type mark struct {
	purged  purge.Position
	changes uint64
	span    *tracing.Span // of whoever leads, nil where nothing is recorded
}

// same reports whether nothing has been purged or changed between two marks.
func (m mark) same(other mark) bool { return m.purged == other.purged && m.changes == other.changes }

// New returns a Cache. It starts nothing by itself; Close ends what answers have started.
func New(c Config, s Stores) *Cache {
	cache := &Cache{Stores: s, config: c, results: make(map[string]*stored.Results, len(s.Operations)), changes: s.Changes}
	if cache.changes == nil {
		cache.changes = new(atomic.Uint64)
	}
	for _, name := range s.Operations {
		cache.results[name] = s.Metrics.Results(cacheName, name)
	}
	cache.others = s.Metrics.Results(cacheName, otherName)
	cache.flights.Sharing = (*outcome).write
	cache.refreshes.begin(c.Refreshes)
	return cache
}

// What metrics call the cache, and operations whose names they do not show.
const (
	cacheName = "operations"
	otherName = "other"
)

// Close ends the executions that nobody waits for, and returns when they have ended.
func (c *Cache) Close() { c.refreshes.close() }

// Changed says that a mutation has run: whoever asks from now on is not told what was asked before.
func (c *Cache) Changed() { c.changes.Add(1) }

func (c *Cache) countsOf(name string) *stored.Results {
	if r, ok := c.results[name]; ok {
		return r
	}
	return c.others
}

// Answer answers a question.
func (c *Cache) Answer(ctx context.Context, q *Question) Given {
	if !c.config.Share && !c.keeps(q) {
		return c.alone(ctx, q).ofOne(q)
	}
	key, ok := q.key()
	if !ok {
		return c.alone(ctx, q).ofOne(q)
	}
	counts := c.countsOf(q.Name)
	if wish := c.wish(ctx); wish != rules.Any {
		counts.Bypassed()
		return c.around(ctx, q, key, wish)
	}
	if c.keeps(q) {
		if k := c.find(key); k != nil {
			return c.found(ctx, q, key, k, counts)
		}
	}
	return c.share(ctx, q, key, counts)
}

func (c *Cache) wish(ctx context.Context) rules.Wish {
	if c.Bypass == nil {
		return rules.Any
	}
	return c.Bypass(ctx)
}

// around answers by nothing that was known before. What nobody may store, no cache on the way back may either.
func (c *Cache) around(ctx context.Context, q *Question, key sharing.Key, wish rules.Wish) Given {
	o := c.alone(ctx, q)
	if wish == rules.NoStore {
		o.kept = nil
	}
	c.keep(key, q, o)
	return c.told(o.given(q), report{bypassed: true, stored: o.stored})
}

// keeps reports whether the answer may be kept here.
func (c *Cache) keeps(q *Question) bool {
	return c.config.Keep && q.Policy.Everybody && q.Policy.MaxAge > 0 && c.Memory != nil
}

// found answers by what is kept.
func (c *Cache) found(ctx context.Context, q *Question, key sharing.Key, k *kept, counts *stored.Results) Given {
	now := time.Now()
	if now.Before(k.fresh) {
		counts.Hit()
	} else {
		counts.Stale()
		c.refresh(ctx, q, key)
	}
	return c.told(k.given(now), report{hit: true, ttl: k.fresh.Sub(now)})
}
