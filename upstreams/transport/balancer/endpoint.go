package balancer

import (
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
)

// Address is where an endpoint is.
type Address struct {
	// Base has the scheme, the host and the base path as configured. It also gives the Host header and the name that a
	// certificate must have.
	Base *url.URL
	// Dial is the ip:port that is dialled, empty for the base URL's own host.
	Dial string
	// Weight is the endpoint's share beside the others. 0 counts as 1.
	Weight int
}

// Name is what the endpoint is called in metrics and logs: where it is dialled, or else the URL's host.
func (a Address) Name() string {
	if a.Dial != "" {
		return a.Dial
	}
	return a.Base.Host
}

// key tells whether two addresses are of the same endpoint.
func (a Address) key() string { return a.Base.String() + " " + a.Dial }

func (a Address) weight() float64 { return float64(max(a.Weight, 1)) }

// Connection sends to one endpoint.
type Connection interface {
	http.RoundTripper
	CloseIdleConnections()
}

// breakers makes the endpoints' breakers.
type breakers struct {
	config  breaker.Config
	metrics *breaker.Metrics // nil where nobody watches them
	service string
	log     *slog.Logger
}

func (b *breakers) open(label string) *breaker.Breaker {
	if b.metrics == nil {
		return breaker.New(b.config, nil)
	}
	return b.metrics.Breaker(b.config, b.service, label, b.log)
}

func (b *breakers) forget(label string) {
	if b.metrics != nil {
		b.metrics.Forget(b.service, label)
	}
}

// State is what keeps an endpoint from being picked.
type State string

// The states.
const (
	Healthy   State = "healthy"   // nothing does
	Unhealthy State = "unhealthy" // its health checks fail
	Ejected   State = "ejected"   // its calls failed
	Open      State = "open"      // its breaker is open
)

// Status is how an endpoint looks.
type Status struct {
	// Name is the address's.
	Name string
	// State is the gravest of what keeps it from being picked.
	State State
	// InFlight is how many calls it works on, those included whose answer is still being read.
	InFlight int
	// Latency is about what the next answer will take. 0 while there was none.
	Latency time.Duration
}

// endpoint is one place where a service answers, and what is known of it.
type endpoint struct {
	site
	key, name  string
	hash       uint64
	connection Connection
	distrust   func() // closes the connections that are kept
	breaker    *breaker.Breaker
	metrics    *endpointMetrics

	inFlight atomic.Int64
	gone     atomic.Bool
	judged   atomic.Bool // a check has ended, whatever it said
	latency  latency
	record   record

	credit float64 // guarded by the policy round_robin

	// Guarded by the pool.
	weight  float64
	warmth  warmth
	verdict verdict
	rest    time.Duration // until when it asked to be left alone
}

func newEndpoint(address Address, connection Connection, b *breaker.Breaker, metrics *endpointMetrics) *endpoint {
	return &endpoint{
		site:       siteOf(address.Base),
		key:        address.key(),
		name:       address.Name(),
		hash:       hashOf(address.key()),
		connection: connection,
		distrust:   connection.CloseIdleConnections,
		breaker:    b,
		metrics:    metrics,
		weight:     address.weight(),
	}
}

// fits reports whether an endpoint can take an attempt of a call: its breaker is not open, and no more than so many attempts went
// there before.
func (e *endpoint) fits(call *attempt.Call, tries int) bool {
	return e.breaker.Ready() && call.Tries(e.name) <= tries
}

// out reports whether the endpoint is left out: it is unhealthy or ejected.
func (e *endpoint) out() bool { return e.verdict.unhealthy || e.record.ejected() }

func (e *endpoint) state() State {
	switch {
	case e.verdict.unhealthy:
		return Unhealthy
	case e.record.ejected():
		return Ejected
	case !e.breaker.Ready():
		return Open
	default:
		return Healthy
	}
}

func (e *endpoint) status(now time.Duration) Status {
	latency, _ := e.latency.expected(now)
	return Status{Name: e.name, State: e.state(), InFlight: int(e.inFlight.Load()), Latency: time.Duration(latency)}
}
