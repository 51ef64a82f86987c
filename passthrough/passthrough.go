// Package passthrough answers REST requests: by what a service answers, or by what a GraphQL operation brings together.
//
// A route says which requests it takes (routing), what of bodies may pass and under which names (reshape), and where they go.
// What a route does not say does not pass. The proxying itself is in proxy, operations as endpoints are in composed.
package passthrough

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/auth/identity"
	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/networks"
	"github.com/concierge-gateway/concierge/passthrough/composed"
	"github.com/concierge-gateway/concierge/passthrough/routing"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/sharing"
	"github.com/concierge-gateway/concierge/units"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/transport"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
)

// Parts are what the REST door is made of.
type Parts struct {
	Surroundings

	// Operations are the GraphQL operations that are endpoints.
	Operations []*composed.Operation
	// Operation is the handler of one of them; Params gives it the parameters of its path.
	Operation func(*composed.Operation) http.Handler
	// OperationPriority is the class of one of them.
	OperationPriority func(*composed.Operation) priority.Class
	// Way is how a service is reached.
	Way func(service string) (http.RoundTripper, bool)
	// Guard is what stands before a route: the door, admission, authentication, a bound of the body.
	Guard func(g Guarded) func(http.Handler) http.Handler
	// Records finds the records that say whose others are, for one request.
	Records func(context.Context) policy.Records
	// Shown is told how many records of a type a request was shown, once it is known. It may be nil.
	Shown func(ctx context.Context, typeName string, records int)
	// Credentials are the header fields by which callers prove who they are.
	Credentials []string
	// MaxBody bounds bodies where a route says nothing.
	MaxBody units.Bytes

	Registry prometheus.Registerer
	Log      *slog.Logger
}

// Guarded is what a guard has to know of what it stands before.
type Guarded struct {
	// Name is the route's, or the operation's.
	Name string
	// Match is the requests that it takes, as the configuration has it, or an operation's method and path.
	Match string
	// Version is the route's, empty where it has none.
	Version string
	// Composed is true for an operation.
	Composed bool
	Priority priority.Class
	MaxBody  units.Bytes
	// Networks says from where the route may be asked.
	Networks networks.Config
	// Raw bodies are the service's own: answers are not compressed, and a request's body is bounded as it streams.
	Raw bool
	// Unnamed is true where nobody is to find out who calls: the service does.
	Unnamed bool
}

// Door is the way in for REST. It is safe for concurrent use.
type Door struct {
	*Plan

	names    []string
	handlers []http.Handler
	tunnels  tunnels
}

// New builds the door. It makes no call. The error says all that is wrong with the routes.
func New(c Config, parts Parts) (*Door, error) {
	var mistakes []error
	fail := func(path, message string) { mistakes = append(mistakes, fmt.Errorf("rest.%s: %s", path, message)) }
	plan := Compile(c, parts.Surroundings, parts.Operations, fail)
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	metrics := NewMetrics(parts.Registry)
	callers := newConsumers(metrics, c.Consumers)
	d := &Door{Plan: plan, names: plan.names()}
	for _, each := range plan.routes {
		h := &handler{
			route: each, consumers: callers, tunnels: &d.tunnels, metrics: metrics.of(each.name), patience: patienceOf(each.Route),
			maxBody: each.guarded(parts.MaxBody).MaxBody, maxRecord: int(c.MaxRecord), log: parts.Log,
			fields: parts.Policy.Meters(), showed: parts.Shown,
			policy: parts.Policy, anybody: parts.Policy.View(parts.Policy.Statement().View(auth.Principal{})), records: parts.Records,
			told: toldOf(parts.Services), credentials: parts.Credentials, private: each.personal(), decides: each.decides(),
			maker: new(cache.Maker), encoding: []string{"identity"},
		}
		h.glanced, h.same = h.glances(), h.givesSame()
		if err := h.open(parts.Way); err != nil {
			return nil, err
		}
		d.handlers = append(d.handlers, parts.Guard(each.guarded(parts.MaxBody))(h))
	}
	for _, each := range plan.operations {
		guarded := Guarded{
			Name: each.Name, Match: each.Method + " " + each.Path, Composed: true, Priority: parts.OperationPriority(each),
			MaxBody: parts.MaxBody,
		}
		counted := *each
		counted.Limited = metrics.fieldsOf(each.Method + " " + each.Path)
		d.handlers = append(d.handlers, parts.Guard(guarded)(parts.Operation(&counted)))
	}
	return d, nil
}

// toldOf is what each service is told of callers.
func toldOf(services upstreams.Config) map[string]identity.Config {
	told := make(map[string]identity.Config)
	for name := range services.Ways() {
		told[name] = services.Told(name)
	}
	return told
}

// Leave tells the clients whose connections have become WebSockets to go elsewhere, and waits until they have or ctx ends. There
// are no further ones afterwards. Close has to follow.
func (d *Door) Leave(ctx context.Context) { d.tunnels.leave(ctx) }

// Close ends the connections that have become WebSockets, and waits for that. There are no further ones afterwards. Other
// requests are the server's to wait for.
func (d *Door) Close() { d.tunnels.close() }

// Names are the routes' names, by which metrics count requests.
func (d *Door) Names() []string { return d.names }

// ServeHTTP answers a request by the route that it takes.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	match, err := d.table.Find(r)
	if err != nil {
		refuse(w, r, err)
		return
	}
	for _, name := range match.Vary {
		w.Header().Add("Vary", name)
	}
	middleware.RecordFrom(r.Context()).SetRoute(d.names[match.Rule])
	r = facts.Add(r, matchKey{}, match)
	if match.Rule < len(d.routes) {
		r = d.routes[match.Rule].tell(r)
	}
	d.handlers[match.Rule].ServeHTTP(w, r)
}

// tell adds to a request what the calls that are made for it have to know of the route.
func (r *route) tell(req *http.Request) *http.Request {
	if r.times != nil {
		req = facts.Add(req, transport.TimeoutsKey{}, r.times)
	}
	if len(r.counted) > 0 {
		req = facts.Add(req, sharing.CountedKey{}, r.counted)
	}
	return req
}

// refuse answers a request that does not go on.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	if wrong, ok := errors.AsType[*routing.MethodError](err); ok {
		w.Header().Set("Allow", wrong.Allow)
	}
	kind := problem.KindOf(err)
	if header := w.Header(); kind == problem.Unauthenticated && header.Get("WWW-Authenticate") == "" {
		header.Set("WWW-Authenticate", auth.Challenge) // RFC 9110, section 15.5.2
	}
	middleware.RecordFrom(r.Context()).Fail(kind)
	problem.Write(w, err)
}
