package config

import (
	"maps"
	"slices"
	"time"

	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/purge/shared"
	"github.com/concierge-gateway/concierge/purge/webhook"
	"github.com/concierge-gateway/concierge/stored"
	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
)

// Cache is what is kept of answers, and what ends it. Whom a service's answers are for, and for how long, is said beside the
// service.
type Cache struct {
	// Enabled lets anything be kept or shared at all.
	Enabled bool `yaml:"enabled"`
	// Stores are where it is kept.
	Stores stored.Config `yaml:",inline"`
	// MaxEntry is the longest answer of a service that is kept.
	MaxEntry units.Bytes `yaml:"max_entry"`
	// MaxAge is for how long anything is used without asking the service, whatever that allows. It is also for how long something
	// old may be seen that no purge has reached.
	MaxAge time.Duration `yaml:"max_age"`
	// Absent is for how long it is known at most that there is no record with an id.
	Absent time.Duration `yaml:"absent"`
	// Targets are the fields by which services speak to this cache alone (RFC 9213), the most specific first.
	Targets []string `yaml:"targets"`
	// Refreshes is how many answers of services are asked for anew at the same time while old ones are given.
	Refreshes int `yaml:"refreshes"`
	// Status lets answers say what the cache did (Cache-Status, RFC 9211).
	Status bool `yaml:"status"`
	// Bypass says whose wish for a fresh answer counts.
	Bypass Bypass `yaml:"bypass"`
	// Operations are the answers to whole operations.
	Operations answers.Config `yaml:"operations"`
	// Purges says how instances tell each other what was purged, where there is a redis.
	Purges shared.Config `yaml:"purges"`
	// Webhook lets services tell what has changed.
	Webhook webhook.Config `yaml:"webhook"`
}

// Bypass says whose Cache-Control counts in requests.
type Bypass struct {
	// Scopes are scopes one of which a caller needs. Without any, that of nobody counts.
	Scopes []string `yaml:"scopes"`
}

func defaultCache() Cache {
	return Cache{
		Enabled:    true,
		Stores:     stored.DefaultConfig(),
		MaxEntry:   units.MiB,
		MaxAge:     5 * time.Minute,
		Absent:     5 * time.Second,
		Targets:    cache.Targets(),
		Refreshes:  64,
		Status:     true,
		Operations: answers.DefaultConfig(),
		Purges:     shared.DefaultConfig(),
		Webhook:    webhook.DefaultConfig(),
	}
}

func (c Config) validateCache(fail func(path, message string)) {
	k := c.Cache
	k.Stores.Validate(fail)
	k.Operations.Validate(below("operations", fail))
	k.Purges.Validate(below("purges", fail))
	k.Webhook.Validate(below("webhook", fail))
	k.Webhook.ValidateUpstreams(slices.Collect(maps.Keys(maps.Collect(c.Upstreams.Ways()))), below("webhook", fail))
	if k.MaxEntry < units.KiB || k.MaxEntry > 64*units.MiB {
		fail("max_entry", "must lie between 1KiB and 64MiB")
	}
	if k.MaxAge < time.Second || k.MaxAge > maxCacheAge {
		fail("max_age", "must lie between 1s and 8760h")
	}
	if k.Absent < 0 || k.Absent > maxCacheAge {
		fail("absent", "must lie between 0s and 8760h")
	}
	if k.Refreshes < 1 || k.Refreshes > 10_000 {
		fail("refreshes", "must lie between 1 and 10000")
	}
	if k.Stores.Redis.Enabled && !c.Redis.Enabled() {
		fail("redis.enabled", "needs redis.addresses")
	}
}

// maxCacheAge is beyond anything that is meant.
const maxCacheAge = 365 * 24 * time.Hour
