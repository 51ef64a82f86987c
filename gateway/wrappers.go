package gateway

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/networks"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/ratelimit"
)

// sinks are told of each request.
func (p *routes) sinks() []middleware.Sink {
	sinks := []middleware.Sink{p.metrics.Count, noted(p.board)}
	if log := p.config.Log; log.AccessLog || log.Slow > 0 {
		sinks = append(sinks, middleware.AccessLog(p.log, p.lines()))
	}
	if p.tracer != nil {
		sinks = append(sinks, traced)
	}
	return sinks
}

// lines says which lines requests get in the log.
func (p *routes) lines() middleware.Lines {
	log, usage := p.config.Log, p.config.GraphQL.Usage
	return middleware.Lines{
		Access: log.AccessLog, Sample: log.Sample, Slow: log.Slow, Pseudonyms: p.pseudonyms,
		Names: middleware.Canonical(usage.NameHeaders), Versions: middleware.Canonical(usage.VersionHeaders),
	}
}

// audited lets what is denied to a door's requests be counted and logged. operation is what they ask for, where that is known.
func (p *routes) audited(door middleware.Door, operation string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r, trail := p.audit.Begin(r, door.String())
			defer trail.End(r.Context())
			trail.Operation(operation)
			next.ServeHTTP(w, r)
		})
	}
}

// upgrades turns away connections that a page of another origin wants to make a WebSocket: browsers keep pages from reading
// answers of other origins, and not from that.
func (p *routes) upgrades(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header["Upgrade"]) > 0 && p.authenticator.Upgrade(r) != nil {
			audit.From(r.Context()).Deny(ruleOrigin, audit.CrossSite)
			refuse(w, r, problem.New(problem.Forbidden, "a page of another origin may not open this connection"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// from turns away requests from networks that may not ask here.
func (p *routes) from(c networks.Config) func(http.Handler) http.Handler {
	list, err := networks.New(c)
	if err == nil && list.Empty() {
		return func(next http.Handler) http.Handler { return next }
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			client, _ := forwarded.From(r.Context())
			if err != nil || !list.Permits(client.Addr) {
				audit.From(r.Context()).Deny(ruleNetworks, audit.Network)
				refuse(w, r, problem.New(problem.Forbidden, ""))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// before refuses whoever is far over a limit before anything else is known, and counts what ends before it is charged.
func (p *routes) before(q ratelimit.Request) func(http.Handler) http.Handler {
	if p.limits == nil {
		return func(next http.Handler) http.Handler { return next }
	}
	return p.stage("limit", p.limits.Before(q), limited)
}

// named finds out who calls, and charges the request to whoever that is.
func (p *routes) named(q ratelimit.Request) func(http.Handler) http.Handler {
	return p.charged(q, p.authenticator.Middleware)
}

// unnamed leaves it to a service who calls, and charges the request to its address.
func (p *routes) unnamed(q ratelimit.Request) func(http.Handler) http.Handler {
	return p.charged(q, p.authenticator.Unnamed)
}

// charged charges a request to whoever a wrapper says that it is from.
func (p *routes) charged(q ratelimit.Request, caller func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	fresh := bypassed(p.config.Cache.Bypass.Scopes)
	caller = p.stage("authenticate", caller, authenticated)
	if p.limits == nil {
		return chi.Chain(caller, fresh).Handler
	}
	return chi.Chain(p.before(q), caller, fresh, p.stage("charge", p.limits.Charge(q), limited)).Handler
}
