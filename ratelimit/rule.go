package ratelimit

import (
	"slices"
	"time"

	"github.com/ulule/limiter/v3"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// The doors that rules name.
const (
	DoorGraphQL = "graphql"
	DoorREST    = "rest"
	DoorMCP     = "mcp"
)

// rule is a Rule, ready to be charged.
type rule struct {
	Rule

	// Limiter holds the rule's rate, and the store that counts by it.
	*limiter.Limiter

	burst   limiter.Rate // none where its limit is 0
	cost    int64
	failing charge.Failing
	metrics ruleMetrics

	key      string // what its counters' names begin with
	burstKey string

	rateWords, burstWords words
}

// compile makes the rules of a plan ready. Those that are off are left out.
func (l *Limiter) compile(plan string, rules []Rule) []*rule {
	var ready []*rule
	for _, each := range rules {
		if each.Mode == "" {
			each.Mode = l.config.Mode
		}
		if each.Mode == Off || l.config.Mode == Off {
			continue
		}
		if each.Counts == "" {
			each.Counts = Requests
		}
		r := &rule{
			Rule: each, cost: max(int64(each.Cost), 1), failing: each.Failing.charged(), metrics: l.metrics.of(each.Name, plan),
			Limiter: limiter.New(l.parts.Store, limiter.Rate{Period: each.Per.longest(), Limit: int64(each.Limit.Limit)}),
		}
		r.key = plan + "/" + each.Name + "/" // no name has a slash
		r.burstKey = plan + "/" + each.Name + "+burst/"
		if each.Burst > 0 {
			r.burst = burstOf(r.Rate, int64(each.Burst))
		}
		r.rateWords, r.burstWords = wordsOf(r, false), wordsOf(r, true)
		ready = append(ready, r)
	}
	return ready
}

// burstOf is the limit that shapes how a rate arrives: so many in the time in which the rate lets so many pass. It is rounded
// up, so that bursts do not sum up to more than the rate.
func burstOf(rate limiter.Rate, burst int64) limiter.Rate {
	micros := rate.Period.Microseconds()
	part := (micros/rate.Limit)*burst + ((micros%rate.Limit)*burst+rate.Limit-1)/rate.Limit
	return limiter.Rate{Period: time.Duration(max(part, 1)) * time.Microsecond, Limit: burst}
}

// named is how callers are told of the rule, or of its burst.
func (r *rule) named(burst bool) string {
	if burst {
		return r.Name + burstSuffix
	}
	return r.Name
}

// early reports whether the rule decides before the operation of a request is known.
func (r *rule) early() bool { return len(r.Operations)+len(r.Tools) == 0 && r.Counts == Requests }

// Request is what a rule has to know of a request.
type Request struct {
	// Door is DoorGraphQL, DoorREST or DoorMCP.
	Door string
	// Route is the route's match, as the configuration has it. It is empty at the other doors.
	Route string
	// Version is the route's, empty where it has none.
	Version string
	// Passes is true where the request goes on to a service as it is, and no operation comes of it.
	Passes bool
}

// about reports whether the rule is about requests of a kind.
func (r *rule) about(q Request) bool {
	return (r.Door == "" || r.Door == q.Door) &&
		(len(r.Tools) == 0 || q.Door == DoorMCP) &&
		(len(r.Routes) == 0 || slices.Contains(r.Routes, q.Route)) &&
		(len(r.Versions) == 0 || q.Version != "" && slices.Contains(r.Versions, q.Version))
}

// ofOperation reports whether the rule is about an operation.
func (r *rule) ofOperation(o Asked) bool {
	return (len(r.Operations) == 0 || o.Operation != "" && slices.Contains(r.Operations, o.Operation)) &&
		(len(r.Tools) == 0 || o.Tool != "" && slices.Contains(r.Tools, o.Tool))
}

// window is the length of the interval as callers are told it, in seconds.
func (r *rule) window() int64 { return seconds(r.Per.longest()) }

// soonest is how long a wait really is: until the end of the day or month at most, where the rule counts by those.
func (r *rule) soonest(wait time.Duration, now func() time.Time) time.Duration {
	if wait <= 0 || !r.Per.calendar() {
		return wait
	}
	at := now()
	_, end := r.Per.current(at)
	return min(wait, end.Sub(at))
}
