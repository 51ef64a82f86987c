package gateway

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/telemetry"
)

// adminRoutes is every URL that operators can ask for.
func (g *Gateway) adminRoutes() http.Handler {
	router := chi.NewRouter()
	router.Use(middleware.GetHead) // balancers like to probe with HEAD
	router.NotFound(func(w http.ResponseWriter, _ *http.Request) { problem.Write(w, problem.New(problem.NotFound, "")) })
	router.Get("/livez", func(w http.ResponseWriter, _ *http.Request) { text(w, "alive\n") })
	router.Get("/readyz", g.ready)
	router.Get("/", g.status)
	router.Get("/routes", func(w http.ResponseWriter, _ *http.Request) {
		text(w, cmp.Or(g.RouteTable(), "there are no REST routes\n"))
	})
	if g.execution.uses != nil {
		router.Get(usedFieldsPath, g.usedFields)
	}
	if g.limits != nil {
		router.Get("/usage", g.usageOf)
		router.Delete("/usage", g.reset)
		router.Get("/limits", g.limited)
	}
	if purging := g.purging(); purging != nil {
		router.Handle("/purge", purging)
	}
	router.Method(http.MethodGet, "/metrics", telemetry.Handler(g.registry))
	router.HandleFunc("/debug/pprof/*", pprof.Index)
	router.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	router.HandleFunc("/debug/pprof/profile", pprof.Profile)
	router.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	router.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return router
}

// ready tells a balancer whether to send requests here. It says no from the moment the gateway begins to drain. Services that are
// unusable are named, and are no reason to say no: another gateway could not reach them either, and the rest of each answer
// still arrives.
func (g *Gateway) ready(w http.ResponseWriter, _ *http.Request) {
	if g.draining.Load() {
		problem.Write(w, problem.New(problem.Unavailable, "the gateway is shutting down"))
		return
	}
	text(w, "ready\n"+g.unread()+g.unusable())
}

// unread has a line for each issuer whose tokens cannot be checked yet. It is no reason to say no: others have credentials that
// can.
func (g *Gateway) unread() string {
	var lines strings.Builder
	for _, issuer := range g.authenticator.Unready() {
		fmt.Fprintf(&lines, "the keys of %s were not read yet\n", issuer)
	}
	return lines.String()
}

// unusable has a line for each service that is not called now.
func (g *Gateway) unusable() string {
	var lines strings.Builder
	seen := g.services.Status()
	for name := range g.config.Upstreams.Ways() {
		if why := seen[name].Unusable; why != "" {
			fmt.Fprintf(&lines, "the %s service is unusable: %s\n", name, why)
		}
	}
	return lines.String()
}

// status is the page of the admin listener: what runs here, since when, and with which services.
func (g *Gateway) status(w http.ResponseWriter, _ *http.Request) {
	var page strings.Builder
	fmt.Fprintf(&page, "Concierge %s\n\n", telemetry.Version())
	fmt.Fprintf(&page, "up        %s, since %s\n", time.Since(g.started).Round(time.Second), g.started.UTC().Format(time.RFC3339))
	fmt.Fprintf(&page, "ready     %t\n", !g.draining.Load())
	fmt.Fprintf(&page, "public    %s\n", g.config.Server.Listen)
	fmt.Fprintf(&page, "GraphiQL  %t\n\nservices\n", g.config.GraphQL.GraphiQL)
	seen := g.services.Status()
	for name := range g.config.Upstreams.Ways() {
		fmt.Fprintf(&page, "  %-8s  breaker %s\n", name, seen[name].Breaker)
		for _, endpoint := range seen[name].Endpoints {
			fmt.Fprintf(&page, "    %-21s  %-9s  %d in flight\n", endpoint.Name, endpoint.State, endpoint.InFlight)
		}
	}
	page.WriteString("\nsee also  /livez  /readyz  /routes  /limits  /usage?principal=ID  /usage/fields  /purge  /metrics" +
		"  /debug/pprof/\n")
	text(w, page.String())
}

// RouteTable is the table of REST routes, the most specific first: how requests find theirs. It is empty where there are none.
func (g *Gateway) RouteTable() string {
	if list := g.rest.List(); list != "" {
		return "routes, the most specific first\n" + list
	}
	return ""
}

func text(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(body)) // a client that has gone cannot be told so
}
