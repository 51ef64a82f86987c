package gateway

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/go-chi/chi/v5"

	"github.com/concierge-gateway/concierge/admission"
	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/resource"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/framing"
	"github.com/concierge-gateway/concierge/mcp"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/status"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/web"
)

// routes are the parts that the public URLs lead to.
type routes struct {
	config        config.Config
	metrics       *middleware.Metrics
	gate          *admission.Gate
	audit         *audit.Log
	authenticator *auth.Authenticator
	limits        *ratelimit.Limiter // nil where nothing is limited
	trust         *forwarded.Trust
	graphql       http.Handler
	rest          http.Handler
	mcp           http.Handler // nil where it is not served
	tools         *toolbox     // the same
	openapi       http.Handler // nil where it is not served
	sdl           http.Handler // nil where it is not served
	happened      http.Handler // of services that tell what has happened, nil where none may
	purging       http.Handler // of services that tell what has changed, nil where none may
	streams       *streams     // nil where answers do not come one by one
	draining      *atomic.Bool // connections end with their next answer
	board         *status.Board
	page          web.Settings
	pseudonyms    *middleware.Pseudonyms // of callers in the log
	tracer        *tracing.Tracer        // nil where nothing is recorded
	log           *slog.Logger
}

// publicRoutes is every URL that clients can ask for. Wrappers stand in the order that a request meets them.
func publicRoutes(p *routes) http.Handler {
	c := p.config
	router := p.router()
	return chi.Chain(
		middleware.RequestID,
		p.trust.Middleware,
		p.tracer.Requests(byProxy),
		middleware.ObserveUntil(p.draining, p.sinks()...),
		middleware.Recover(p.log, p.metrics),
		middleware.Secure(c.Server.TLS.HSTS.Field()),
		refuseFraming,
		middleware.HeaderLimit(c.Server.MaxHeader),
		middleware.Strict,
		middleware.AllowOrigins(c.Server.CORS, fieldsOfPages(&c)),
	).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if own(&c, r.URL.Path) {
			middleware.RecordFrom(r.Context()).SetRoute(r.URL.Path)
			router.ServeHTTP(w, r)
			return
		}
		p.rest.ServeHTTP(w, r)
	})
}

// fieldsOfPages are the header fields that pages of allowed origins need for the doors that are open.
func fieldsOfPages(c *config.Config) middleware.Fields {
	fields := c.MCP.Fields()
	fields.Sent = slices.Concat(fields.Sent, c.Auth.Fields(), c.GraphQL.Usage.Fields())
	return fields
}

// router leads to the gateway's own URLs.
func (p *routes) router() *paths {
	c := p.config
	router := new(paths)
	graphql := p.graphql
	if anyHashes(c.Upstreams) {
		graphql = affinity(graphql)
	}
	graphql = p.batched(graphql)
	router.lead("/graphql", graphql,
		p.streamed,
		middleware.EnterDoor(middleware.DoorGraphQL, p.metrics),
		p.audited(middleware.DoorGraphQL, ""), // the operation says what it is
		p.from(c.GraphQL.Networks),
		p.questions,
		p.gate.Door(middleware.DoorGraphQL).Admit(c.GraphQL.Priorities.Claimed),
		p.named(ratelimit.Request{Door: ratelimit.DoorGraphQL}),
		middleware.BodyLimit(c.Server.MaxBody),
		p.compress(),
	)
	p.serveMCP(router)
	p.serveSDL(router)
	if p.openapi != nil {
		router.lead(openAPIPath, p.openapi,
			middleware.EnterDoor(middleware.DoorREST, p.metrics),
			p.audited(middleware.DoorREST, openAPIPath),
			p.from(c.REST.Networks),
			p.gate.Door(middleware.DoorREST).Admit(admission.Interactive),
			p.before(ratelimit.Request{Door: ratelimit.DoorREST, Route: openAPIPath}),
			p.compress(),
		)
	}
	if p.limits != nil {
		router.lead(usagePath, http.HandlerFunc(p.usage),
			middleware.EnterDoor(middleware.DoorREST, p.metrics),
			p.audited(middleware.DoorREST, usagePath),
			p.from(c.REST.Networks),
			p.gate.Door(middleware.DoorREST).Admit(admission.Interactive),
			p.before(ratelimit.Request{Door: ratelimit.DoorREST, Route: usagePath}),
			p.authenticator.Middleware,
		)
	}
	if p.purging != nil {
		router.lead(c.Cache.Webhook.Path, p.purging,
			middleware.EnterDoor(middleware.DoorREST, p.metrics),
			p.audited(middleware.DoorREST, "purge"),
			p.gate.Door(middleware.DoorREST).Admit(admission.Interactive),
			p.before(ratelimit.Request{Door: ratelimit.DoorREST, Route: c.Cache.Webhook.Path}),
		)
	}
	p.telling(router)
	if signer := p.authenticator.Passport(); signer != nil {
		router.lead(keysPath, published(signer.JWKS(), "application/jwk-set+json", "public, max-age=300"),
			middleware.EnterDoor(middleware.DoorREST, p.metrics),
			p.gate.Door(middleware.DoorREST).Admit(admission.Interactive),
		)
	}
	if c.GraphQL.GraphiQL {
		behind := chi.Chain(
			middleware.EnterDoor(middleware.DoorPage, p.metrics),
			p.audited(middleware.DoorPage, "GraphiQL"),
			p.from(c.GraphQL.Networks),
			p.gate.Door(middleware.DoorPage).Admit(admission.Interactive),
			p.before(ratelimit.Request{}),
			p.compress(),
		)
		page := behind.Handler(web.GraphiQL(p.page))
		router.lead("/", page)
		router.leadBelow("/graphiql/", page)
	}
	return router
}

// keysPath is where the keys are published by which services verify the gateway's tokens.
const keysPath = "/.well-known/jwks.json"

// own reports whether a path is the gateway's own, and not for routes to take. The configuration is not copied for the question:
// it is some KiB.
func own(c *config.Config, path string) bool {
	if path == c.Events.Webhook.Path && c.Events.Webhook.Enabled() {
		return true
	}
	switch path {
	case "/graphql":
		return true
	case mcp.Path, resource.WellKnown, resource.WellKnown + mcp.Path:
		return c.MCP.Enabled
	case openAPIPath:
		return c.REST.OpenAPI
	case sdlPath:
		return c.GraphQL.SDL
	case keysPath:
		return c.Auth.Passport.Enabled()
	case usagePath:
		return c.Limits.Mode != ratelimit.Off
	case c.Cache.Webhook.Path:
		return c.Cache.Enabled && c.Cache.Webhook.Enabled()
	case "/":
		return c.GraphQL.GraphiQL
	default:
		return c.GraphQL.GraphiQL && strings.HasPrefix(path, "/graphiql/")
	}
}

// compress makes answers smaller, where that is wanted.
func (p *routes) compress() func(http.Handler) http.Handler {
	if !p.config.Server.Compression {
		return func(next http.Handler) http.Handler { return next }
	}
	return middleware.Compress
}

// refuseFraming answers for requests that can be read in more than one way.
func refuseFraming(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err, refused := framing.Refused(r.Context()); refused {
			if r.ProtoMajor == 1 { // streams of others go on
				w.Header().Set("Connection", "close")
			}
			refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}
