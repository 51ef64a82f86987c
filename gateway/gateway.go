// Package gateway is the program: it joins all parts into something that answers requests, and serves it.
package gateway

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/config"
	"github.com/concierge-gateway/concierge/framing"
	"github.com/concierge-gateway/concierge/listening"
	"github.com/concierge-gateway/concierge/pressure"
	"github.com/concierge-gateway/concierge/status"
	"github.com/concierge-gateway/concierge/systemd"
	"github.com/concierge-gateway/concierge/telemetry"
	"github.com/concierge-gateway/concierge/web"
)

// Gateway answers requests as its configuration says, which can be another one later (Reload). It is what lasts: its editions are
// what each configuration says. Several gateways can live in one process beside each other: they share nothing.
type Gateway struct {
	// Public answers clients.
	Public http.Handler
	// Admin answers operators.
	Admin http.Handler
	// Manager is told how the gateway is, nil where nobody is. It may be set before Serve.
	Manager *systemd.Manager

	config   config.Config // that it was started with: what is said of sockets holds for good
	page     web.Settings
	framing  *framing.Guard
	tls      *listening.TLS // nil where none is spoken
	spoken   spoken
	crowd    *listening.Crowd
	memory   *pressure.Gauge // nil where nothing limits it
	lives    lives
	editions editions
	metrics  *telemetry.Generations
	registry *prometheus.Registry // of what lasts
	reloads  *reloads
	board    *status.Board
	log      *slog.Logger
	started  time.Time
	draining atomic.Bool
	inside   atomic.Int64 // requests of clients that are under way
	start    start
}

// New builds a gateway. It makes no call and starts nothing: Serve does. The page's settings are only used where the
// configuration serves GraphiQL.
func New(c config.Config, page web.Settings, log *slog.Logger) (*Gateway, error) {
	registry := telemetry.NewRegistry()
	telemetry.Count(log, registry)
	metrics := telemetry.NewGenerations(registry)
	g := &Gateway{
		config: c, page: page, registry: registry, metrics: metrics, lives: lives{metrics: metrics}, log: log, started: time.Now(),
		framing: framing.New(framing.Settings{
			MaxHeader:     c.Server.MaxHeader + headerRoom,
			HeaderTimeout: c.Server.Timeouts.Header,
		}, registry, log),
	}
	if c.Server.TLS.Enabled() {
		var err error
		if g.tls, err = listening.OpenTLS(c.Server.TLS, registry, log); err != nil {
			return nil, err
		}
	}
	if err := g.openSpoken(); err != nil {
		return nil, err
	}
	if err := g.openBounds(); err != nil {
		return nil, err
	}
	g.openBoard()
	first, err := g.newEdition(c, nil)
	if err != nil {
		return nil, err
	}
	first.version = Version{Number: 1, Hash: first.hash(), Since: g.started}
	g.reloads = newReloads(registry, g)
	g.put(first)
	g.openStart()
	g.Public = http.HandlerFunc(g.answerClient)
	g.Admin = http.HandlerFunc(g.answerOperator)
	return g, nil
}

// answerClient lets the edition in force answer, to which the request belongs to its end.
func (g *Gateway) answerClient(w http.ResponseWriter, r *http.Request) {
	e := g.enter()
	defer e.leave()
	e.public.ServeHTTP(w, r)
}

func (g *Gateway) answerOperator(w http.ResponseWriter, r *http.Request) {
	e := g.enter()
	defer e.leave()
	if r.URL.Path == "/status/events" { // stays open, and tells of whichever edition is in force
		e.wait()
		defer e.rejoin()
	}
	e.admin.ServeHTTP(w, r)
}

// Close drops what the gateway keeps open. Requests in flight go on to their end.
func (g *Gateway) Close() {
	for _, each := range g.all() {
		each.retire()
	}
	g.lives.wait()
}
