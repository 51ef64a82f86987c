// Package gateway is the program: it joins all parts into something that answers requests, and serves it.
package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/admission"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/framing"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/passthrough"
	"github.com/concierge-gateway/concierge/ratelimit"
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

	config        config.Config
	services      *upstreams.Services
	authenticator *auth.Authenticator
	counters      *counters
	limits        *ratelimit.Limiter // nil where nothing is limited
	execution     *execution
	framing       *framing.Guard
	rest          *passthrough.Door
	registry      *prometheus.Registry
	log           *slog.Logger
	started       time.Time
	draining      atomic.Bool
}

// New builds a gateway. It makes no call and starts nothing: Serve does. The page's settings are only used where the
// configuration serves GraphiQL.
func New(c config.Config, page web.Settings, log *slog.Logger) (*Gateway, error) {
	registry := telemetry.NewRegistry()
	authenticator, err := auth.New(c.Auth, c.Server.CORS.AllowedOrigins, registry, log)
	if err != nil {
		return nil, fmt.Errorf("open the authentication: %w", err)
	}
	statement, err := readStatement(c)
	if err != nil {
		return nil, err
	}
	services, err := upstreams.Open(c.Upstreams, registry, log)
	if err != nil {
		return nil, err
	}
	if err := statement.findable(context.Background(), services); err != nil {
		return nil, err
	}
	counters, err := openCounters(c, registry, log)
	if err != nil {
		return nil, fmt.Errorf("open the counters of limits: %w", err)
	}
	executor, execution, err := newExecutor(c, statement, services, registry, log)
	if err != nil {
		return nil, err
	}
	trust, err := forwarded.New(c.Server.Forwarded)
	if err != nil {
		return nil, fmt.Errorf("read trusted proxies: %w", err)
	}
	guard := framing.New(framing.Settings{
		MaxHeader:     c.Server.MaxHeader + headerRoom,
		HeaderTimeout: c.Server.Timeouts.Header,
	}, registry, log)
	g := &Gateway{
		config: c, services: services, authenticator: authenticator, counters: counters, execution: execution, registry: registry,
		framing: guard, log: log, started: time.Now(),
		limits: openLimits(c, execution.limited, counters, registry, log),
	}
	parts := &routes{
		config:        c,
		metrics:       middleware.NewMetrics(registry, c.GraphQL.Operations),
		gate:          admission.New(c.Server.Admission, admission.NewMetrics(registry), log),
		audit:         newAudit(statement, registry, log),
		authenticator: authenticator,
		limits:        g.limits,
		trust:         trust,
		page:          page,
		log:           log,
	}
	graphql := &endpoint{
		exec:       executor,
		execution:  execution,
		timeout:    c.GraphQL.Timeout,
		door:       parts.gate.Door(middleware.DoorGraphQL),
		priorities: c.GraphQL.Priorities,
	}
	parts.graphql = graphql
	if err := g.openREST(parts, statement, graphql); err != nil {
		return nil, err
	}
	g.Public = publicRoutes(parts)
	g.Admin = g.adminRoutes()
	return g, nil
}

// Close drops what the gateway keeps open. Requests in flight go on to their end.
func (g *Gateway) Close() {
	g.services.Close()
	g.counters.Close()
}
