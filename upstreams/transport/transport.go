// Package transport is what every call to a service passes, from whichever door it came.
//
// It is a stack of http.RoundTrippers; layers shows their order. A request names its service as host and has the path that the
// contract gives it; the stack knows where that is. A call is what a door asks for; an attempt is what goes to an endpoint.
package transport

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/balancer"
	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/upstreams/transport/fallback"
	"github.com/concierge-gateway/concierge/upstreams/transport/limit"
	"github.com/concierge-gateway/concierge/upstreams/transport/retry"
	"github.com/concierge-gateway/concierge/upstreams/transport/route"
	"github.com/concierge-gateway/concierge/upstreams/transport/trust"
)

// Transport is the way to one service. As a RoundTripper, it hands answers on as they stream. It is safe for concurrent use.
type Transport struct {
	http.RoundTripper

	name      string
	observed  *serviceMetrics
	log       *slog.Logger
	timeouts  times
	fallbacks *fallback.Fallbacks
	breaker   *breaker.Breaker
	service   *upstream
	backup    *upstream    // answers in the service's place, nil where there is none
	cache     *cache.Cache // nil where nothing is kept
	trust     *trust.Trust
}

// New builds the way to one service. It makes no call and starts nothing: Run does. Without a site for its cache, nothing is
// kept and no call is shared.
func New(service string, config Config, site *cache.Site, metrics *Metrics, log *slog.Logger) (*Transport, error) {
	trusted, err := trust.Open(service, config.TLS, metrics.trust, log)
	if err != nil {
		return nil, err
	}
	t, err := build(service, config, connecting(config, trusted), site, metrics, log)
	if err != nil {
		return nil, err
	}
	t.trust = trusted
	return t, nil
}

// connect makes the connections of one endpoint.
type connect func(balancer.Address) balancer.Connection

func build(
	service string, config Config, connect connect, site *cache.Site, metrics *Metrics, log *slog.Logger,
) (*Transport, error) {
	timeouts, err := newTimes(config)
	if err != nil {
		return nil, err
	}
	fallbacks, err := fallback.New(service, config.Fallback, metrics.fallback)
	if err != nil {
		return nil, fmt.Errorf("read fallbacks: %w", err)
	}
	own, err := openUpstream(service, config, connect, metrics, log)
	if err != nil {
		return nil, err
	}
	backup, err := openBackup(service, config, connect, metrics, log)
	if err != nil {
		return nil, err
	}
	t := &Transport{
		name:      service,
		observed:  metrics.of(service),
		log:       log.With("service", service),
		timeouts:  timeouts,
		fallbacks: fallbacks,
		breaker:   metrics.breaker.Breaker(config.Breaker, service, "", log),
		service:   own,
		backup:    backup,
	}
	t.cache, err = cache.New(service, config.Cache, site, cache.Calls{
		Total: func(req *http.Request) time.Duration { return t.timeouts.of(req).Total },
		Keys:  []any{TimeoutsKey{}, attempt.ReadsKey{}},
	})
	if err != nil {
		return nil, fmt.Errorf("read cache: %w", err)
	}
	t.RoundTripper = t.layers(streams, keeps)
	return t, nil
}

// Whole is the same way for callers who need all of an answer: an answer that breaks off is a failed attempt, and one of more
// than limit bytes is an error.
func (t *Transport) Whole(limit int64) http.RoundTripper { return t.layers(limit, keeps) }

// WholeShared is Whole for answers of which the caller keeps the records one by one: equal calls under way are shared and writes
// purge what they change, but no answer is kept.
func (t *Transport) WholeShared(limit int64) http.RoundTripper { return t.layers(limit, !keeps) }

// WholeAlone is Whole for callers who find out by themselves what is known and what is under way: each request is a call.
func (t *Transport) WholeAlone(limit int64) http.RoundTripper { return t.calls(limit, !lends) }

// WholeLent is Whole for callers who borrow each answer (attempt.Whole.Borrow). Where anything may be kept of answers, or they
// may be somebody else's, too, nothing is lent.
func (t *Transport) WholeLent(limit int64) http.RoundTripper {
	if t.cache != nil {
		return t.Whole(limit)
	}
	return t.calls(limit, lends)
}

// Cache is what is kept of the service's answers, nil where nothing is.
func (t *Transport) Cache() *cache.Cache { return t.cache }

// Glance implements cache.Glancer.
func (t *Transport) Glance(g cache.Glance) (kept cache.Kept, ok bool) {
	known, ok := t.RoundTripper.(cache.Glancer)
	if !ok {
		return kept, false
	}
	return known.Glance(g)
}

// keeps says that answers are kept.
const keeps = true

// lends says that answers may lie in memory that is used again.
const lends = true

// streams is the limit of answers that are handed on as they come.
const streams = 0

// layers is the stack of one service.
func (t *Transport) layers(whole int64, keeps bool) http.RoundTripper {
	return t.cache.Layer(t.calls(whole, !lends), whole, keeps) // do not ask for what is known
}

// calls is the stack below the cache. The breaker of the service counts calls, so that a service with one good endpoint stays
// open for business; each endpoint has its own, which counts attempts.
func (t *Transport) calls(whole int64, lends bool) http.RoundTripper {
	attempts := func(at *upstream) http.RoundTripper {
		var stack http.RoundTripper = at.endpoints.pool              // choose an endpoint, and send
		stack = limit.Layer(at.limiter, stack)                       // wait for room
		return at.attempts.Layer(whole, lends, t.timeouts.of, stack) // bound in time, try again
	}
	var other http.RoundTripper
	if t.backup != nil {
		other = attempts(t.backup)
	}
	stack := breaker.Layer(t.breaker, attempts(t.service))                           // do not call what is down
	stack = t.fallbacks.Layer(stack, other)                                          // answer otherwise
	stack = &observer{service: t.name, metrics: t.observed, log: t.log, next: stack} // count and log
	return &propagator{next: stack}                                                  // name the request
}

// Run keeps the endpoints up to date, and whom they are believed by: it looks their names up again, asks them how they are, and
// looks at files, until ctx ends.
func (t *Transport) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { t.service.run(ctx) })
	all.Go(func() { t.backup.run(ctx) })
	all.Go(func() { t.trust.Run(ctx) })
	all.Wait()
}

// Close drops the idle connections. Calls in flight go on to their end.
func (t *Transport) Close() {
	t.service.close()
	t.backup.close()
}

// CallTimeouts are times of one call, in the place of its service's.
type CallTimeouts struct {
	// Header is timeouts.header. 0 is the service's, or none beside a Total of a call that is not endless.
	Header time.Duration
	// Total is timeouts.total. 0 is the service's, unless the call is endless.
	Total time.Duration
	// Endless lets the call take as long as something comes.
	Endless bool
}

// TimeoutsKey is the key under which a context has the *CallTimeouts of its calls.
type TimeoutsKey struct{}

func (c *CallTimeouts) over(usual retry.Timeouts) retry.Timeouts {
	if c.Total > 0 || c.Endless {
		usual.Total = c.Total
	}
	if c.Total > 0 && !c.Endless {
		usual.Header = 0
	}
	if c.Header > 0 {
		usual.Header = c.Header
	}
	return usual
}

// times are how long calls may take.
type times struct {
	usual  retry.Timeouts
	routes route.Table[retry.Timeouts]
}

func newTimes(config Config) (times, error) {
	t := times{usual: Route{}.over(config.Timeouts)}
	for _, each := range config.Routes {
		if err := t.routes.Add(each.Match, each.over(config.Timeouts)); err != nil {
			return times{}, fmt.Errorf("read route %q: %w", each.Match, err)
		}
	}
	return t, nil
}

// of are a call's own times where it brings some, else those of the service's routes.
func (t *times) of(req *http.Request) retry.Timeouts {
	if own, ok := req.Context().Value(TimeoutsKey{}).(*CallTimeouts); ok {
		return own.over(t.usual)
	}
	if special, ok := t.routes.Find(req); ok {
		return special
	}
	return t.usual
}
