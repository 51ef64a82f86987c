package gateway

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/admission"
	"github.com/concierge-gateway/concierge/answers"
	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/forwarded"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/passthrough"
	"github.com/concierge-gateway/concierge/persisted"
	"github.com/concierge-gateway/concierge/ratelimit"
	"github.com/concierge-gateway/concierge/redis"
	"github.com/concierge-gateway/concierge/tracing"
	"github.com/concierge-gateway/concierge/upstreams"
	"github.com/concierge-gateway/concierge/upstreams/transport/cache"
	"github.com/concierge-gateway/concierge/web"
)

// edition is what one configuration says, of the gateway that it belongs to. A request is answered by the edition that was in
// force when it came. What outlives an edition are its parts.
type edition struct {
	*Gateway

	config        config.Config
	public, admin http.Handler

	services      *upstreams.Services
	authenticator *auth.Authenticator
	redis         *redis.Client // nil where there is none
	counters      *counters
	limits        *ratelimit.Limiter // nil where nothing is limited
	execution     *execution
	caches        *caches       // nil where nothing is kept
	calls         *cache.Shared // the same
	gate          *admission.Gate
	pseudonyms    *middleware.Pseudonyms // of callers in the log
	happenings    *happenings
	answers       *answers.Cache
	persisted     *persisted.Desk
	tracer        *tracing.Tracer // nil where nothing is recorded
	streams       *streams        // nil where answers do not come one by one
	rest          *passthrough.Door
	registry      *prometheus.Registry // of what counts for this edition alone
	version       Version
	digests       map[string]string // of the files that the configuration leads to

	parts      []*asset
	inForce    []func() // what has to be done as soon as it answers requests
	afterwards []func() // what has to be done when it has ended

	users   atomic.Int64 // requests that it answers, and one while it is in force
	waiting atomic.Int64 // connections that it has let in, and that others answer now
	ending  sync.Mutex
	ended   bool
	silent  bool // it counts no more
}

// newEdition puts an edition together. It makes no call and starts nothing.
func (g *Gateway) newEdition(c config.Config, before *edition) (*edition, error) {
	o := new(opening)
	if before != nil {
		o.before = byName(before.parts)
	}
	e := &edition{Gateway: g, config: c, digests: config.FilesOf(c).Digests()}
	e.users.Store(1)
	e.registry = prometheus.NewRegistry()
	if err := e.open(o); err != nil {
		e.close()
		g.lives.abandon(o.parts)
		return nil, err
	}
	own := &asset{name: "edition", metrics: prometheus.NewRegistry(), life: life{run: e.run, close: e.close}}
	o.parts = append(o.parts, own)
	e.parts = o.parts
	return e, nil
}

// open opens all that it is made of. A panic is an error as well: it is no reason to end a gateway that answers requests.
func (e *edition) open(o *opening) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			e.log.Error("putting a configuration in force panicked", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			err = fmt.Errorf("open the gateway: %v", cause)
		}
	}()
	c := e.config
	statement, err := readStatement(c)
	if err != nil {
		return err
	}
	if err := e.openParts(o, statement); err != nil {
		return err
	}
	if err := statement.findable(context.Background(), e.services); err != nil {
		return err
	}
	execution, err := newExecution(c, statement, e.services, e.registry, e.log)
	if err != nil {
		return err
	}
	e.execution = execution
	if err := e.countUses(o); err != nil {
		return err
	}
	e.answers = answers.New(e.caches.ofOperations(c, e.log))
	e.limits = openLimits(c, execution.limited, e.counters, e.registry, e.log)
	if e.persisted, err = e.openPersisted(o); err != nil {
		return err
	}
	return e.openDoors(statement, e.page)
}

// openDoors puts together what answers requests.
func (e *edition) openDoors(statement *statement, page web.Settings) error {
	c := e.config
	page.TraceScope = c.GraphQL.Trace.Scope
	trust, err := forwarded.New(c.Server.Forwarded)
	if err != nil {
		return fmt.Errorf("read trusted proxies: %w", err)
	}
	parts := &routes{
		config:        c,
		metrics:       middleware.NewMetrics(e.registry, c.GraphQL.Operations),
		gate:          e.gate,
		audit:         newAudit(statement, e.registry, e.log),
		authenticator: e.authenticator,
		limits:        e.limits,
		trust:         trust,
		streams:       e.streams,
		tracer:        e.tracer,
		draining:      &e.draining,
		board:         e.board,
		page:          page,
		pseudonyms:    e.pseudonyms,
		log:           e.log,
	}
	if parts.purging, err = e.told(); err != nil {
		return err
	}
	parts.happened = e.happenings.webhook
	here, there := doors(c)
	graphql := &endpoint{
		execution:  e.execution,
		answers:    e.answers,
		hub:        e.happenings.hub,
		timeout:    c.GraphQL.Timeout,
		door:       parts.gate.Door(middleware.DoorGraphQL),
		keeping:    here,
		priorities: c.GraphQL.Priorities,
		sentOn:     sentOn(c.Upstreams),
		patience:   c.Server.Timeouts.Write,
	}
	parts.graphql = graphql
	if c.GraphQL.SDL {
		parts.sdl = e.sdl()
	}
	e.openMCP(parts, statement, graphql)
	if err := e.openREST(parts, statement, through{graphql, there}); err != nil {
		return err
	}
	e.public = publicRoutes(parts)
	e.admin = e.adminRoutes()
	return nil
}

// run keeps the edition's own things up to date until ctx ends.
func (e *edition) run(ctx context.Context) { e.persisted.Run(ctx) }

// close ends what the edition does behind requests' backs.
func (e *edition) close() {
	if e.answers != nil {
		e.answers.Close()
	}
	e.calls.Close()
	if e.services != nil {
		e.services.Close()
	}
}

// leave ends what entering began. An edition that is not in force ends with its last request.
func (e *edition) leave() {
	if e.users.Add(-1) > 0 {
		return
	}
	e.ending.Lock()
	defer e.ending.Unlock()
	waits := e.waiting.Load() > 0 // looked at first: a connection that comes back is a user before it waits no more
	if e.users.Load() == 0 {      // whoever has come meanwhile leaves as well
		e.giveBack(waits)
	}
}

// wait is leave for a connection that stays open and asks the edition for nothing meanwhile. What it counts at its end still
// counts. rejoin must follow.
func (e *edition) wait() {
	e.waiting.Add(1)
	e.leave()
}

func (e *edition) rejoin() {
	e.users.Add(1)
	e.waiting.Add(-1)
}

// retire is for an edition that ends with its gateway, whatever it still answers.
func (e *edition) retire() {
	e.ending.Lock()
	defer e.ending.Unlock()
	e.giveBack(e.waiting.Load() > 0)
}

// giveBack gives back what an edition has that answers nothing. It is called again when the last connection has ended that still
// counted here, and by those who looked in for a moment only. The lock is held.
func (e *edition) giveBack(waits bool) {
	if !e.ended {
		e.ended = true
		for _, do := range e.afterwards {
			do()
		}
		e.lives.release(e.parts)
	}
	if !e.silent && !waits {
		e.silent = true
		e.metrics.End(e.registry)
		e.forget(e)
	}
}
