package gateway

import (
	"cmp"
	"net/http"
	"net/http/pprof"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/telemetry"
	"github.com/concierge-gateway/concierge/web"
)

// adminRoutes is every URL that operators can ask for.
func (e *edition) adminRoutes() http.Handler {
	router := chi.NewRouter()
	router.Use(newVisitors(e.config.Admin.Hosts).guard)
	router.Use(middleware.GetHead) // balancers like to probe with HEAD
	router.NotFound(func(w http.ResponseWriter, _ *http.Request) { problem.Write(w, problem.New(problem.NotFound, "")) })
	router.Get("/livez", func(w http.ResponseWriter, _ *http.Request) { text(w, "alive\n") })
	router.Get("/readyz", e.ready)
	router.Get("/", e.board.Page)
	router.Get("/status", e.board.JSON)
	router.Get("/status/events", e.board.Events)
	router.Handle("/status/assets/*", web.StatusFiles())
	router.Get("/config", e.settings)
	router.Get("/routes", func(w http.ResponseWriter, _ *http.Request) {
		text(w, cmp.Or(e.RouteTable(), "there are no REST routes\n"))
	})
	if e.execution.uses != nil {
		router.Get(usedFieldsPath, e.usedFields)
	}
	if e.limits != nil {
		router.Get("/usage", e.usageOf)
		router.Delete("/usage", e.reset)
		router.Get("/limits", e.limited)
	}
	if purging := e.purging(); purging != nil {
		router.Handle("/purge", purging)
	}
	router.Method(http.MethodGet, "/metrics", telemetry.Handler(e.metrics))
	router.HandleFunc("/debug/pprof/*", pprof.Index)
	router.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	router.HandleFunc("/debug/pprof/profile", pprof.Profile)
	router.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	router.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return router
}

// RouteTable is the table of REST routes, the most specific first: how requests find theirs. It is empty where there are none.
func (g *Gateway) RouteTable() string {
	if list := g.current().rest.List(); list != "" {
		return "routes, the most specific first\n" + list
	}
	return ""
}

func text(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(body)) // a client that has gone cannot be told so
}
