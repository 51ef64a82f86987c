package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"

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
	"github.com/concierge-gateway/concierge/upstreams"
)

// happenings are what services say has happened, and the ways by which they say it.
type happenings struct {
	hub     *events.Hub
	webhook http.Handler // nil where nobody may tell
}

// listener is a hub that outlives editions, and what it does with events as the one in force says.
type listener struct {
	hub     *events.Hub
	current atomic.Pointer[consequences]
}

// consequences are what an edition does with events, before anybody is told. Either may be nil.
type consequences struct {
	purger events.Purger
	teller events.Teller
}

var (
	_ events.Purger = (*listener)(nil)
	_ events.Teller = (*listener)(nil)
)

// Happened implements events.Purger.
func (l *listener) Happened(e events.Event) {
	if now := l.current.Load(); now != nil && now.purger != nil {
		now.purger.Happened(e)
	}
}

// Lost implements events.Purger.
func (l *listener) Lost(service string) {
	if now := l.current.Load(); now != nil && now.purger != nil {
		now.purger.Lost(service)
	}
}

// Tell implements events.Teller.
func (l *listener) Tell(e events.Event) {
	if now := l.current.Load(); now != nil && now.teller != nil {
		now.teller.Tell(e)
	}
}

// openEvents makes ready to hear of events. Who is subscribed stays so, and a feed is read on as long as its service and what is
// said of it stay the same.
func (e *edition) openEvents(o *opening, ways map[string]*asset, client *asset) error {
	c := e.config
	heard, of, err := take(o, "events", c.Events.Kept, nil, func(metrics prometheus.Registerer) (*listener, life, error) {
		l := new(listener)
		l.hub = events.New(c.Events.Kept, l, l, metrics)
		return l, life{close: func() { leaveHub(l.hub) }}, nil
	})
	if err != nil {
		return err
	}
	e.happenings = &happenings{hub: heard.hub}
	then := new(consequences)
	if e.caches != nil {
		then.purger = &ender{purges: e.caches.purges, services: c.Upstreams}
	}
	if then.teller, err = e.openBus(o, of, client); err != nil {
		return err
	}
	e.inForce = append(e.inForce, func() { heard.current.Store(then) })
	sources, err := e.openFeeds(o, of, ways)
	if err != nil {
		return err
	}
	return e.happenings.openWebhook(c, sources, e.log)
}

// leaveHub ends the subscriptions of a hub that hears of nothing any more. Their clients are told, so that they subscribe anew.
func leaveHub(hub *events.Hub) {
	hub.Began()
	hub.Close()
}

// openBus brings events to other instances that reach one alone. It is nil where none does.
//
//nolint:ireturn // nil must be one without a type
func (e *edition) openBus(o *opening, hub, client *asset) (events.Teller, error) {
	c := e.config.Events
	if e.redis == nil || !c.Webhook.Enabled() {
		return nil, nil
	}
	into := e.happenings.hub // what runs must not keep an edition
	bus, _, err := take(o, "events between instances", c.Shared, []*asset{hub, client},
		func(prometheus.Registerer) (*shared.Bus, life, error) {
			made := shared.New(c.Shared, e.redis, e.log)
			return made, life{run: func(ctx context.Context) { made.Run(ctx, into) }}, nil
		})
	return bus, err
}

// openFeeds reads what services say of themselves.
func (e *edition) openFeeds(o *opening, hub *asset, ways map[string]*asset) (sources []webhook.Source, err error) {
	for name, service := range e.config.Upstreams.All() {
		sources = append(sources, webhook.Source{Service: name, Kinds: upstreams.Kinds(name)})
		way, ok := e.services.Standing(name)
		if !ok || !service.Events.Enabled() {
			continue
		}
		_, _, err := take(o, "feed "+name, service.Events, []*asset{hub, ways[name]},
			func(metrics prometheus.Registerer) (*feed.Feed, life, error) {
				source := feed.Source{Service: name, Kinds: upstreams.Kinds(name), Config: service.Events, Way: way}
				made := feed.New(source, e.happenings.hub, feed.NewMetrics(metrics), e.log)
				return made, life{run: made.Run}, nil
			})
		if err != nil {
			return nil, err
		}
	}
	return sources, nil
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

// telling lets services tell what has happened.
func (p *routes) telling(router *paths) {
	if p.happened == nil {
		return
	}
	path := p.config.Events.Webhook.Path
	router.lead(path, p.happened,
		middleware.EnterDoor(middleware.DoorREST, p.metrics),
		p.audited(middleware.DoorREST, "events"),
		p.gate.Door(middleware.DoorREST).Admit(admission.Interactive),
		p.before(ratelimit.Request{Door: ratelimit.DoorREST, Route: path}),
	)
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
