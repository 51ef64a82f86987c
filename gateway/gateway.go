// Package gateway is the program: it joins all parts into something that answers requests, and serves it.
package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/admission"
	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/framing"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/passthrough"
	"github.com/concierge-gateway/concierge/persisted"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/redis"
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
	redis         *redis.Client // nil where there is none
	counters      *counters
	limits        *ratelimit.Limiter // nil where nothing is limited
	execution     *execution
	caches        *caches
	happenings    *happenings
	answers       *answers.Cache
	persisted     *persisted.Desk
	streams       *streams // nil where answers do not come one by one
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
	connection, err := openRedis(c.Redis)
	if err != nil {
		return nil, err
	}
	caches, err := openCaches(c, statement, connection, registry, log)
	if err != nil {
		return nil, err
	}
	services, err := upstreams.Open(c.Upstreams, caches.ofCalls(), registry, log)
	if err != nil {
		return nil, err
	}
	if err := statement.findable(context.Background(), services); err != nil {
		return nil, err
	}
	counters := openCounters(c, connection, registry, log)
	executor, execution, err := newExecutor(c, statement, services, registry, log)
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		config: c, services: services, authenticator: authenticator, redis: connection, caches: caches, counters: counters,
		execution: execution, registry: registry, log: log, started: time.Now(),
		answers: answers.New(caches.ofOperations(c, log)),
		limits:  openLimits(c, execution.limited, counters, registry, log),
		framing: framing.New(framing.Settings{
			MaxHeader:     c.Server.MaxHeader + headerRoom,
			HeaderTimeout: c.Server.Timeouts.Header,
		}, registry, log),
	}
	if g.happenings, err = openEvents(c, services, caches, connection, registry, log); err != nil {
		return nil, err
	}
	if g.persisted, err = openPersisted(c, execution, caches, registry, log); err != nil {
		return nil, err
	}
	g.streams = g.openStreams()
	if err := g.openDoors(statement, executor, page); err != nil {
		return nil, err
	}
	return g, nil
}

// openDoors puts together what answers requests.
func (g *Gateway) openDoors(statement *statement, executor *executor.Executor, page web.Settings) error {
	c := g.config
	page.TraceScope = c.GraphQL.Trace.Scope
	trust, err := forwarded.New(c.Server.Forwarded)
	if err != nil {
		return fmt.Errorf("read trusted proxies: %w", err)
	}
	parts := &routes{
		config:        c,
		metrics:       middleware.NewMetrics(g.registry, c.GraphQL.Operations),
		gate:          admission.New(c.Server.Admission, admission.NewMetrics(g.registry), g.log),
		audit:         newAudit(statement, g.registry, g.log),
		authenticator: g.authenticator,
		limits:        g.limits,
		trust:         trust,
		streams:       g.streams,
		page:          page,
		log:           g.log,
	}
	if parts.purging, err = g.told(); err != nil {
		return err
	}
	parts.happened = g.happenings.webhook
	here, there := doors(c)
	graphql := &endpoint{
		exec:       executor,
		execution:  g.execution,
		answers:    g.answers,
		timeout:    c.GraphQL.Timeout,
		door:       parts.gate.Door(middleware.DoorGraphQL),
		keeping:    here,
		priorities: c.GraphQL.Priorities,
		sentOn:     sentOn(c.Upstreams),
		patience:   c.Server.Timeouts.Write,
	}
	parts.graphql = graphql
	if c.GraphQL.SDL {
		parts.sdl = g.sdl()
	}
	if err := g.openREST(parts, statement, through{graphql, there}); err != nil {
		return err
	}
	g.Public = publicRoutes(parts)
	g.Admin = g.adminRoutes()
	return nil
}

// Close drops what the gateway keeps open. Requests in flight go on to their end.
func (g *Gateway) Close() {
	g.answers.Close()
	g.caches.Close()
	g.services.Close()
	g.counters.Close()
	if g.redis != nil {
		g.redis.Close()
	}
}

// openRedis makes ready to reach Redis, nil where there is none. It does not connect yet.
func openRedis(c redis.Config) (*redis.Client, error) {
	if !c.Enabled() {
		return nil, nil
	}
	client, err := redis.Open(c)
	if err != nil {
		return nil, fmt.Errorf("open the connection to Redis: %w", err)
	}
	return client, nil
}
