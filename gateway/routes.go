package gateway

import (
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/concierge-gateway/concierge/admission"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/web"
)

// routes are the parts that the public URLs lead to.
type routes struct {
	config   config.Config
	metrics  *middleware.Metrics
	gate     *admission.Gate
	verifier *auth.Verifier
	graphql  http.Handler
	page     web.Settings
	log      *slog.Logger
}

// publicRoutes is every URL that clients can ask for. Wrappers stand in the order that a request meets them.
func publicRoutes(p routes) http.Handler {
	c := p.config
	sinks := []middleware.Sink{p.metrics.Count}
	if c.Log.AccessLog {
		sinks = append(sinks, middleware.AccessLog(p.log))
	}
	router := chi.NewRouter()
	router.Use(
		middleware.RequestID,
		middleware.Observe(sinks...),
		middleware.Recover(p.log, p.metrics),
		middleware.Secure,
		middleware.HeaderLimit(c.Server.MaxHeader),
		middleware.Strict,
		middleware.AllowOrigins(c.Server.CORS),
	)
	if c.Server.Compression {
		router.Use(middleware.Compress)
	}
	router.NotFound(func(w http.ResponseWriter, r *http.Request) { refuse(w, r, problem.New(problem.NotFound, "")) })
	// The router asks no route about a method that it does not know.
	router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", "GET, POST")
		refuse(w, r, problem.New(problem.MethodNotAllowed, ""))
	})
	graphql := p.graphql
	if anyHashes(c.Upstreams) {
		graphql = affinity(graphql)
	}
	router.With(
		middleware.EnterDoor(middleware.DoorGraphQL, p.metrics),
		p.gate.Door(middleware.DoorGraphQL).Admit(c.GraphQL.Priorities.Claimed),
		p.verifier.Middleware,
		middleware.BodyLimit(c.Server.MaxBody),
	).Handle("/graphql", graphql)
	if c.GraphQL.GraphiQL {
		page := web.GraphiQL(p.page)
		behind := router.With(
			middleware.EnterDoor(middleware.DoorPage, p.metrics),
			p.gate.Door(middleware.DoorPage).Admit(admission.Interactive),
		)
		behind.Handle("/", page)
		behind.Handle("/graphiql/*", page)
	}
	return router
}
