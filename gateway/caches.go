package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/purge/shared"
	"github.com/concierge-gateway/concierge/purge/webhook"
	"github.com/concierge-gateway/concierge/redis"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
)

// caches are where answers are kept, and what ends them. A nil *caches keeps nothing.
type caches struct {
	memory  *stored.Memory
	second  *stored.Second // nil where answers are kept in this process alone
	purges  *purge.Log
	order   *shared.Order // nil where there is no Redis
	metrics *stored.Metrics
	changes atomic.Uint64 // mutations that have run
}

// openCaches opens where answers are kept, which lasts until something changes of where that is, or of what may be kept at all.
func (e *edition) openCaches(o *opening, stated *statement, client *asset) error {
	c := e.config.Cache
	if !c.Enabled {
		return nil
	}
	around, err := surroundings(e.config, stated, nil)
	if err != nil {
		return err
	}
	strip, err := newStripper(e.config, around.Policy)
	if err != nil {
		return err
	}
	by := []any{c.Stores, c.Purges, strip.generation()}
	kept, _, err := take(o, "caches", by, []*asset{client}, func(metrics prometheus.Registerer) (*caches, life, error) {
		made := newCaches(c, strip.generation(), e.redis, metrics, e.log)
		return made, life{run: made.Run, close: made.second.Close}, nil
	})
	if err != nil {
		return err
	}
	e.caches = kept
	e.calls = cache.NewShared(cache.Parts{
		Memory: kept.memory.Part("answers"), Records: kept.memory.Part("records"), Absent: c.Absent,
		Second: kept.second, Purges: kept.purges, Metrics: kept.metrics, Strip: strip.strip, Bypass: bypasses,
		Targets: c.Targets, MaxEntry: int(c.MaxEntry), MaxAge: c.MaxAge,
		Refreshes: c.Refreshes, Status: c.Status, Log: e.log,
	})
	return nil
}

// newCaches keeps nothing yet. generation names all that is left out of what is kept.
func newCaches(
	c config.Cache, generation string, client *redis.Client, registry prometheus.Registerer, log *slog.Logger,
) *caches {
	k := &caches{memory: stored.NewMemory(int64(c.Stores.Memory)), metrics: stored.NewMetrics(registry)}
	k.metrics.Watch(k.memory)
	var teller purge.Teller
	if client != nil {
		k.order = shared.New(c.Purges, client, registry, log)
		teller = k.order
	}
	if c.Stores.Redis.Enabled && client != nil {
		k.second = stored.NewSecond(c.Stores.Redis, generation, client, k.metrics, log)
	}
	k.purges = purge.NewLog(purge.DefaultTags, teller)
	k.purges.Measure(registry)
	return k
}

// ofOperations are where answers to whole operations are kept.
func (k *caches) ofOperations(c config.Config, log *slog.Logger) (answers.Config, answers.Stores) {
	if k == nil {
		return answers.Config{}, answers.Stores{Purges: purge.NewLog(1, nil), Log: log}
	}
	return c.Cache.Operations, answers.Stores{
		Memory: k.memory.Part("operations"), Second: k.second, Purges: k.purges, Metrics: k.metrics,
		Operations: c.GraphQL.Operations, Bypass: bypasses, Timeout: c.GraphQL.Timeout, Status: c.Cache.Status,
		Changes: &k.changes, Log: log,
	}
}

// Run keeps in touch with Redis until ctx ends.
func (k *caches) Run(ctx context.Context) {
	if k == nil {
		return
	}
	var all sync.WaitGroup
	all.Go(func() { k.memory.Run(ctx) })
	if k.order != nil {
		all.Go(func() { k.order.Run(ctx, k.purges) })
	}
	if k.second != nil {
		all.Go(func() { k.second.Run(ctx) })
	}
	all.Wait()
}

// purging answers operators who purge. It is nil where nothing is kept.
func (e *edition) purging() http.Handler {
	if e.caches == nil {
		return nil
	}
	return purge.Handler(e.caches.purges, purgeNames(e.config), e.log)
}

// told answers services that tell what has changed. It is nil where none may.
func (e *edition) told() (http.Handler, error) {
	if e.caches == nil || !e.config.Cache.Webhook.Enabled() {
		return nil, nil
	}
	handler, err := webhook.New(e.config.Cache.Webhook, e.caches.purges, purgeNames(e.config), e.log)
	if err != nil {
		return nil, fmt.Errorf("read who may purge (cache.webhook): %w", err)
	}
	return handler, nil
}

// purgeNames are what a purge may be asked for by.
func purgeNames(c config.Config) purge.Names {
	names := purge.Names{
		Services: slices.Collect(maps.Keys(maps.Collect(c.Upstreams.Ways()))), Types: make(map[string]purge.RecordType),
	}
	for name, service := range upstreams.TypeServices() {
		names.Types[name] = purge.RecordType{Service: service, Member: "id", Path: upstreams.Collection(service)}
	}
	return names
}
