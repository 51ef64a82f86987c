package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"

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
	calls   *cache.Shared
}

func openCaches(
	c config.Config, stated *statement, client *redis.Client, registry prometheus.Registerer, log *slog.Logger,
) (*caches, error) {
	if !c.Cache.Enabled {
		return nil, nil
	}
	around, err := surroundings(c, stated, nil)
	if err != nil {
		return nil, err
	}
	strip, err := newStripper(c, around.Policy)
	if err != nil {
		return nil, err
	}
	k := &caches{memory: stored.NewMemory(int64(c.Cache.Stores.Memory)), metrics: stored.NewMetrics(registry)}
	k.metrics.Watch(k.memory)
	var teller purge.Teller
	if client != nil {
		k.order = shared.New(c.Cache.Purges, client, registry, log)
		teller = k.order
	}
	if c.Cache.Stores.Redis.Enabled && client != nil {
		k.second = stored.NewSecond(c.Cache.Stores.Redis, strip.generation(), client, k.metrics, log)
	}
	k.purges = purge.NewLog(purge.DefaultTags, teller)
	k.purges.Measure(registry)
	k.calls = cache.NewShared(cache.Parts{
		Memory: k.memory.Part("answers"), Records: k.memory.Part("records"), Absent: c.Cache.Absent,
		Second: k.second, Purges: k.purges, Metrics: k.metrics, Strip: strip.strip, Bypass: bypasses,
		Targets: c.Cache.Targets, MaxEntry: int(c.Cache.MaxEntry), MaxAge: c.Cache.MaxAge,
		Refreshes: c.Cache.Refreshes, Status: c.Cache.Status, Log: log,
	})
	return k, nil
}

// ofCalls are what the caches of all services have in common, nil where nothing is kept.
func (k *caches) ofCalls() *cache.Shared {
	if k == nil {
		return nil
	}
	return k.calls
}

// ofOperations are where answers to whole operations are kept.
func (k *caches) ofOperations(c config.Config, log *slog.Logger) (answers.Config, answers.Stores) {
	if k == nil {
		return answers.Config{}, answers.Stores{Purges: purge.NewLog(1, nil), Log: log}
	}
	return c.Cache.Operations, answers.Stores{
		Memory: k.memory.Part("operations"), Second: k.second, Purges: k.purges, Metrics: k.metrics,
		Operations: c.GraphQL.Operations, Bypass: bypasses, Timeout: c.GraphQL.Timeout, Status: c.Cache.Status, Log: log,
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

// Close ends what is asked behind the requests' backs.
func (k *caches) Close() {
	if k == nil {
		return
	}
	k.calls.Close()
	k.second.Close()
}

// purging answers operators who purge. It is nil where nothing is kept.
func (g *Gateway) purging() http.Handler {
	if g.caches == nil {
		return nil
	}
	return purge.Handler(g.caches.purges, purgeNames(g.config), g.log)
}

// told answers services that tell what has changed. It is nil where none may.
func (g *Gateway) told() (http.Handler, error) {
	if g.caches == nil || !g.config.Cache.Webhook.Enabled() {
		return nil, nil
	}
	handler, err := webhook.New(g.config.Cache.Webhook, g.caches.purges, purgeNames(g.config), g.log)
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
