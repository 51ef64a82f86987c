package admission

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/concierge-gateway/concierge/facts"
	"github.com/concierge-gateway/concierge/middleware"
	"github.com/concierge-gateway/concierge/pressure"
	"github.com/concierge-gateway/concierge/priority"
	"github.com/concierge-gateway/concierge/problem"
)

// Gate is what all doors lead through. It has no queue: a request that waits takes as much memory as one that is answered, and a
// caller who is told at once can go elsewhere. Its methods may be called from any goroutine.
type Gate struct {
	counter counter
	memory  *pressure.Gauge // nil where nothing limits it
	spell   spell
	metrics *Metrics
	log     *slog.Logger
}

// New is a gate with nobody inside.
func New(config Config, metrics *Metrics, log *slog.Logger) *Gate {
	return &Gate{counter: counter{rooms: roomsOf(config.MaxConcurrency)}, metrics: metrics, log: log}
}

// Heeding has the gate turn requests away, too, where memory is short. It is for a gate that nobody has come to yet.
func (g *Gate) Heeding(memory *pressure.Gauge) *Gate {
	g.memory = memory
	return g
}

// Door is the way through the gate for those who come by one door.
func (g *Gate) Door(door middleware.Door) *Door { return &Door{gate: g, shed: g.metrics.of(door)} }

// Door lets requests in, or turns them away.
type Door struct {
	gate *Gate
	shed map[priority.Class]prometheus.Counter
}

// Admit lets in the requests for which there is room, and nobody reads the body of the others. The context of a request tells
// its class.
func (d *Door) Admit(classOf func(*http.Request) priority.Class) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			d.gate.noticeEnd(r.Context())
			class := classOf(r)
			if d.gate.memory.Refuses(class) {
				leaveBody(w, r)
				d.refuse(w, r, class)
				return
			}
			if !d.gate.counter.enter(class) {
				leaveBody(w, r)
				d.turnAway(w, r, class)
				return
			}
			defer d.gate.counter.leave() // a panic passes through here too
			if hold := d.gate.memory.Hold(); hold != nil {
				defer hold.Close()
				r = facts.Add(r, pressure.Key{}, hold)
			}
			if class != priority.Interactive { // which is what a context without a class tells
				r = r.WithContext(priority.With(r.Context(), class))
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Interactive is the class of requests that are all of the usual one.
func Interactive(*http.Request) priority.Class { return priority.Interactive }

// Settle judges a request once more that was let in by what it said of itself, now that its class is known. ok is false where
// that class is lower and has no room: the request has then been answered. Otherwise the new context tells the class.
func (d *Door) Settle(
	ctx context.Context, w http.ResponseWriter, r *http.Request, class priority.Class,
) (settled context.Context, ok bool) {
	admitted := priority.From(ctx)
	switch {
	case class == admitted:
		return ctx, true
	case class < admitted && !d.gate.counter.holds(class):
		d.turnAway(w, r, class)
		return ctx, false
	default:
		return priority.With(ctx, class), true
	}
}

// turnAway answers a request for which there is no room.
func (d *Door) turnAway(w http.ResponseWriter, r *http.Request, class priority.Class) {
	d.gate.noticeShed(r.Context(), class)
	d.refuse(w, r, class)
}

// refuse counts and answers it.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, class priority.Class) {
	d.shed[class].Inc()
	w.Header().Set("Retry-After", strconv.Itoa(retryAfter(rand.IntN)))
	middleware.RecordFrom(r.Context()).Fail(problem.Overloaded)
	problem.Write(w, problem.New(problem.Overloaded, ""))
}

// The bounds of Retry-After, in seconds.
const (
	soonest = 1
	latest  = 5
)

// retryAfter is random, so that those who were turned away together do not come back together. intN gives a number below n.
func retryAfter(intN func(n int) int) int { return soonest + intN(latest-soonest+1) }

// noticeShed logs that a spell begins.
func (g *Gate) noticeShed(ctx context.Context, class priority.Class) {
	if g.spell.count(time.Now()) {
		g.log.WarnContext(ctx, "shedding requests: the gateway is full", "priority", class.String(),
			"in_flight", g.counter.inside.Load(), "max_concurrency", g.counter.rooms.critical)
	}
}

// noticeEnd logs that a spell has ended.
func (g *Gate) noticeEnd(ctx context.Context) {
	if !g.spell.on() {
		return
	}
	if shed, ended := g.spell.end(time.Now()); ended {
		g.log.InfoContext(ctx, "shedding has ended", "shed", shed)
	}
}
