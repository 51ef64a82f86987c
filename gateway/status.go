package gateway

import (
	"cmp"
	"net/http"

	"github.com/concierge-gateway/concierge/correlation"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/status"
	"github.com/concierge-gateway/concierge/telemetry"
)

// openBoard makes what knows how the gateway does. It lasts as long as the gateway, and asks the edition in force.
func (g *Gateway) openBoard() {
	g.board = status.New(status.Parts{
		Version: telemetry.Version(), Listen: g.config.Server.Listen, Started: g.started, Metrics: g.metrics,
		Ready: g.readyNow, Services: g.servicesNow, Settings: g.settingsNow, Log: g.log,
		Links: []string{
			"/status", "/livez", "/readyz", "/config", "/routes", "/limits", "/usage?principal=ID", "/usage/fields", "/purge", "/metrics",
			"/debug/pprof/",
		},
	})
}

func (g *Gateway) readyNow() status.Ready {
	return status.Ready{State: string(g.start.State()), Notes: append([]string{}, whats(g.start.Missing())...)}
}

func (g *Gateway) settingsNow() status.Settings {
	version := g.current().version
	since := version.Since.UTC()
	return status.Settings{Version: version.Hash, Number: int64(version.Number), Since: &since}
}

// servicesNow are the services of the edition in force, in the order of the configuration.
func (g *Gateway) servicesNow() []status.Service {
	e := g.enter()
	defer e.leave()
	seen := e.services.Status()
	services := make([]status.Service, 0, len(seen))
	for name := range e.config.Upstreams.Ways() {
		one := status.Service{
			Name: name, Unusable: seen[name].Unusable, Breaker: seen[name].Breaker.String(),
			Endpoints: make([]status.Endpoint, 0, len(seen[name].Endpoints)),
		}
		for _, endpoint := range seen[name].Endpoints {
			one.Endpoints = append(one.Endpoints, status.Endpoint{
				Name: endpoint.Name, State: string(endpoint.State), InFlight: endpoint.InFlight,
				Latency: endpoint.Latency.Seconds(),
			})
		}
		services = append(services, one)
	}
	return services
}

// shortDocument is how much of a document's hash people compare.
const shortDocument = 12

// noted lets a board know of requests.
func noted(board *status.Board) middleware.Sink {
	return func(r *http.Request, e *middleware.Event) {
		finished := status.Finished{
			Door: e.Door.String(), Operation: cmp.Or(e.Operation, e.Route), Document: e.Document[:min(len(e.Document), shortDocument)],
			Status: e.Status, Duration: e.Duration, Cost: float64(e.Cost), Aborted: e.Aborted,
		}
		if e.Ended != "" { // how long somebody was told of events says nothing of what that takes
			finished.Duration = 0
		}
		if e.Code != "" || e.Status >= http.StatusBadRequest || e.Aborted {
			whatFailed(r, e, &finished)
		}
		board.Finish(finished)
	}
}

// whatFailed says which of a request's errors counts: the first for which not the caller is to blame.
func whatFailed(r *http.Request, e *middleware.Event, finished *status.Finished) {
	finished.Code = e.Code
	for _, kind := range problem.Kinds() {
		if e.Errors[kind] > 0 && kind.Status() >= http.StatusInternalServerError {
			finished.Code, finished.Fault = kind.Code(), true
			break
		}
	}
	c := correlation.From(r.Context())
	finished.RequestID, finished.TraceID = c.RequestID, c.Trace.Parent.TraceID()
	if record := middleware.RecordFrom(r.Context()); record != nil {
		for _, service := range record.Footprint().Report(true).Services {
			if service.Failed > 0 {
				finished.Services = append(finished.Services, service.Name)
			}
		}
	}
}
