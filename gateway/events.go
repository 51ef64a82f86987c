package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/admission"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/events"
	"github.com/concierge-gateway/concierge/events/feed"
	"github.com/concierge-gateway/concierge/events/shared"
	"github.com/concierge-gateway/concierge/events/webhook"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/purge"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/redis"
	"github.com/concierge-gateway/concierge/upstreams"
)

// happenings are what services say has happened, and the ways by which they say it.
type happenings struct {
	hub     *events.Hub
	bus     *shared.Bus // nil where no event reaches one instance alone
	feeds   []*feed.Feed
	webhook http.Handler // nil where nobody may tell
}

// openEvents makes ready to hear of events. It makes no call: Run does.
func openEvents(
	c config.Config, services *upstreams.Services, kept *caches, client *redis.Client,
	registry prometheus.Registerer, log *slog.Logger,
) (*happenings, error) {
	h := new(happenings)
	var teller events.Teller
	if client != nil && c.Events.Webhook.Enabled() {
		h.bus = shared.New(c.Events.Shared, client, log)
		teller = h.bus
	}
	var purger events.Purger
	if kept != nil {
		purger = &ender{purges: kept.purges, services: c.Upstreams}
	}
	h.hub = events.New(c.Events.Kept, purger, teller, registry)
	var sources []webhook.Source
	metrics := feed.NewMetrics(registry)
	for name, service := range c.Upstreams.All() {
		sources = append(sources, webhook.Source{Service: name, Kinds: upstreams.Kinds(name)})
		if way, ok := services.Standing(name); ok && service.Events.Enabled() {
			source := feed.Source{Service: name, Kinds: upstreams.Kinds(name), Config: service.Events, Way: way}
			h.feeds = append(h.feeds, feed.New(source, h.hub, metrics, log))
		}
	}
	err := h.openWebhook(c, sources, log)
	return h, err
}

// openWebhook lets services tell of events, where some may.
func (h *happenings) openWebhook(c config.Config, sources []webhook.Source, log *slog.Logger) error {
	if !c.Events.Webhook.Enabled() {
		return nil
	}
	handler, err := webhook.New(c.Events.Webhook, sources, h.hub, log)
	if err != nil {
		return fmt.Errorf("read who may tell of events (events.webhook): %w", err)
	}
	h.webhook = handler
	return nil
}

// Run hears of events until ctx ends. Then subscriptions that are still there end, too.
func (h *happenings) Run(ctx context.Context) {
	defer h.hub.Close()
	var all sync.WaitGroup
	for _, each := range h.feeds {
		all.Go(func() { each.Run(ctx) })
	}
	if h.bus != nil {
		all.Go(func() { h.bus.Run(ctx, h.hub) })
	}
	all.Wait()
	<-ctx.Done() // also where there is nothing to listen to: messages come by themselves
}

// telling lets services tell what has happened.
func (p *routes) telling(router *chi.Mux) {
	if p.happened == nil {
		return
	}
	path := p.config.Events.Webhook.Path
	router.With(
		middleware.EnterDoor(middleware.DoorREST, p.metrics),
		p.audited(middleware.DoorREST, "events"),
		p.gate.Door(middleware.DoorREST).Admit(admission.Interactive),
		p.before(ratelimit.Request{Door: ratelimit.DoorREST, Route: path}),
	).Handle(path, p.happened)
}

// ender is told of events on each instance, so that each ends what it keeps before it tells anybody. It waits for no other: they
// are told as well, and what instances keep in Redis is not used here until the shared order has the purge.
type ender struct {
	purges   *purge.Log
	services upstreams.Config
}

// Happened ends what is made of a record, and of those that change with it.
func (p *ender) Happened(e events.Event) {
	p.purge(p.services.Happened(e.Service, e.Subject().ID, e.Of)...)
}

// Lost ends all that is kept of a service, or of all.
func (p *ender) Lost(service string) {
	for name := range p.services.All() {
		if service == "" || service == name {
			p.purge(purge.Service(name))
		}
	}
}

func (p *ender) purge(tags ...purge.Tag) {
	ctx, end := context.WithCancel(context.Background())
	end()
	p.purges.Purge(ctx, purge.ByEvent, tags...)
}
