package config

import (
	"slices"

	"github.com/concierge-gateway/concierge/events"
	"github.com/concierge-gateway/concierge/events/shared"
	"github.com/concierge-gateway/concierge/events/webhook"
	"github.com/concierge-gateway/concierge/signed"
)

// Events is how services say what has happened. Their feeds are named beside the services.
type Events struct {
	// Kept bounds what is kept of events.
	Kept events.Config `yaml:",inline"`
	// Shared says how instances tell each other of events that reached one of them, where there is a redis.
	Shared shared.Config `yaml:"shared"`
	// Webhook lets services tell of events.
	Webhook signed.Config `yaml:"webhook"`
}

func defaultEvents() Events {
	return Events{Kept: events.DefaultConfig(), Shared: shared.DefaultConfig(), Webhook: webhook.DefaultConfig()}
}

func (c Config) validateEvents(fail func(path, message string)) {
	c.Events.Kept.Validate(fail)
	c.Events.Shared.Validate(below("shared", fail))
	c.Events.Webhook.Validate(below("webhook", fail))
	var services []string
	for name := range c.Upstreams.All() {
		services = append(services, name)
	}
	slices.Sort(services)
	c.Events.Webhook.ValidateUpstreams(services, below("webhook", fail))
	if c.Events.Webhook.Enabled() && c.Cache.Webhook.Enabled() && c.Events.Webhook.Path == c.Cache.Webhook.Path {
		fail("webhook.path", "is that of cache.webhook, which takes other messages")
	}
}
