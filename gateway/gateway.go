// Package gateway is the program: it joins all parts into something that answers requests, and serves it.
package gateway

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/admission"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/telemetry"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/web"
)

// Gateway answers requests as one configuration says. Several can live in one process beside each other: they share nothing.
type Gateway struct {
	// Public answers clients.
	Public http.Handler
	// Admin answers operators.
	Admin http.Handler

	config   config.Config
	services *upstreams.Services
	registry *prometheus.Registry
	log      *slog.Logger
	started  time.Time
	draining atomic.Bool
}

// New builds a gateway. It makes no call and starts nothing: Serve does. The page's settings are only used where the
// configuration serves GraphiQL.
func New(c config.Config, page web.Settings, log *slog.Logger) (*Gateway, error) {
	registry := telemetry.NewRegistry()
	verifier, err := auth.New(c.Auth, registry)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	services, err := upstreams.Open(c.Upstreams, registry, log)
	if err != nil {
		return nil, err
	}
	executor, err := newExecutor(c.GraphQL, services, registry, log)
	if err != nil {
		return nil, err
	}
	g := &Gateway{config: c, services: services, registry: registry, log: log, started: time.Now()}
	gate := admission.New(c.Server.Admission, admission.NewMetrics(registry), log)
	g.Public = publicRoutes(routes{
		config:   c,
		metrics:  middleware.NewMetrics(registry, c.GraphQL.Operations),
		gate:     gate,
		verifier: verifier,
		graphql: &endpoint{
			exec:       executor,
			timeout:    c.GraphQL.Timeout,
			door:       gate.Door(middleware.DoorGraphQL),
			priorities: c.GraphQL.Priorities,
		},
		page: page,
		log:  log,
	})
	g.Admin = g.adminRoutes()
	return g, nil
}

// Close drops what the gateway keeps open. Requests in flight go on to their end.
func (g *Gateway) Close() { g.services.Close() }
