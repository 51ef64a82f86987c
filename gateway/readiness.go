package gateway

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/readiness"
)

// The parts of a start. What is not among them is there before the listeners open: documents, files of all kinds.
const (
	partServices = "services"
	partKeys     = "keys"
	partRedis    = "redis"
	partTLS      = "certificates"
)

// start is what the gateway waits for before it is ready.
type start struct {
	*readiness.Readiness

	redis atomic.Int32 // what came of asking Redis
}

// What came of asking Redis.
const (
	redisNotAsked int32 = iota
	redisAnswers
	redisSilent
)

func (g *Gateway) openStart() {
	g.start.Readiness = readiness.New(g.config.Server.ReadyWithin, []readiness.Part{
		{Name: partServices, Missing: func() []string { return g.current().services.Awaited() }},
		{Name: partKeys, Missing: func() []string { return unread(g.current().authenticator.Unready()) }},
		{Name: partRedis, Missing: g.unsharedYet},
		{Name: partTLS, Missing: g.uncertified},
	}, g.registry, g.log)
}

// begin waits for what has to be there, and tells the service manager when it is.
func (g *Gateway) begin(ctx context.Context) {
	g.askRedis(ctx)
	g.start.Run(ctx)
	if g.start.State() == readiness.Ready {
		g.tellManager(ctx, g.Manager.Ready("ready"))
	}
}

// redisPatience is how long Redis has to answer at the start.
const redisPatience = 2 * time.Second

// askRedis asks Redis once, so that an instance does not count alone at first. That it is not there is no reason to wait.
func (g *Gateway) askRedis(ctx context.Context) {
	client := g.current().redis
	if client == nil {
		g.start.redis.Store(redisSilent) // nobody waits for one that a later configuration names
		return
	}
	ctx, end := context.WithTimeout(ctx, redisPatience)
	defer end()
	if _, err := client.Connect(ctx); err != nil {
		g.start.redis.Store(redisSilent)
		return
	}
	g.start.redis.Store(redisAnswers)
}

// unsharedYet says that limits are not counted in Redis yet, while that is to be expected.
func (g *Gateway) unsharedYet() []string {
	e := g.current()
	if e.redis == nil || g.start.redis.Load() == redisSilent {
		return nil
	}
	if g.start.redis.Load() == redisNotAsked {
		return []string{"Redis was not asked yet"}
	}
	if together := e.counters.shared; together != nil && !together.Reachable() {
		return []string{"the counters of limits are not shared yet"}
	}
	return nil
}

// unread are the issuers whose tokens cannot be checked yet. Once the gateway is ready that is no reason to say no: others have
// credentials that can.
func unread(issuers []string) []string {
	lines := slices.Clone(issuers)
	for i, issuer := range issuers {
		lines[i] = "the keys of " + issuer + " were not read yet"
	}
	return lines
}

// ready tells a balancer whether to send requests here: from when all is there, or the time for that is over, until the gateway
// drains. Services that are unusable are named, and are no reason to say no: another gateway could not reach them either, and the
// rest of each answer still arrives.
func (e *edition) ready(w http.ResponseWriter, r *http.Request) {
	state := e.start.State()
	lacks := e.start.Missing()
	switch {
	case state == readiness.Draining:
		problem.Write(w, problem.New(problem.Unavailable, "the gateway is shutting down"))
	case state == readiness.Starting:
		problem.Write(w, problem.New(problem.Unavailable, "the gateway is starting: "+strings.Join(whats(lacks), "; ")))
	case r.URL.Query().Has("verbose"):
		text(w, "ready\n"+e.eachPart(lacks)+e.unusable()+e.alone())
	default:
		text(w, "ready\n"+lines(whats(lacks))+e.unusable()+e.alone())
	}
}

func whats(lacks []readiness.Lack) []string {
	all := make([]string, len(lacks))
	for i, each := range lacks {
		all[i] = each.What
	}
	return all
}

func lines(all []string) string {
	var text strings.Builder
	for _, each := range all {
		text.WriteString(each + "\n")
	}
	return text.String()
}

// eachPart has a line for each part, and those for what it lacks below.
func (e *edition) eachPart(lacks []readiness.Lack) string {
	var text strings.Builder
	for _, part := range e.start.Parts() {
		var missing []string
		for _, each := range lacks {
			if each.Part == part {
				missing = append(missing, "  "+each.What)
			}
		}
		state := "ok"
		if len(missing) > 0 {
			state = "missing"
		}
		fmt.Fprintf(&text, "%s %s\n%s", part, state, lines(missing))
	}
	return text.String()
}

// unusable has a line for each service that is not called now.
func (e *edition) unusable() string {
	var lines strings.Builder
	seen := e.services.Status()
	for name := range e.config.Upstreams.Ways() {
		if why := seen[name].Unusable; why != "" {
			fmt.Fprintf(&lines, "the %s service is unusable: %s\n", name, why)
		}
	}
	return lines.String()
}

// alone has a line while limits are this instance's own, though there is a Redis to share them in.
func (e *edition) alone() string {
	if together := e.counters.shared; together != nil && e.start.redis.Load() != redisNotAsked && !together.Reachable() {
		return "Redis cannot be reached: limits are counted by this instance alone\n"
	}
	return ""
}

// tellManager logs that the service manager could not be told something. It changes nothing else.
func (g *Gateway) tellManager(ctx context.Context, err error) {
	if err != nil {
		g.log.WarnContext(ctx, "the service manager was not told", "error", err)
	}
}
