package ratelimit

import (
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Account is what one request is charged to. Once the request itself was charged, it is safe for concurrent use: an operation's
// resolvers run beside each other, and some outlive it.
type Account struct {
	limiter  *Limiter
	who      Who
	plan     *plan
	subjects subjects
	kind     *kind    // of request that it was charged for, nil before
	settled  bool     // the rules about requests have decided
	told     []string // what most callers with such a request are told of its rules

	// What anybody's rule of the request counts by, which is needed twice.
	named struct {
		rule *rule
		key  string
	}

	mu    sync.Mutex    // what is below belongs to who holds it
	left  time.Duration // how long the request may still wait for the store
	looks time.Duration // the same of looking at what was used, which must not use up the other
	taken []taken       // what was taken for the request as a whole
	shown Estimate      // what it has taken, where nobody could know before
	room  room
}

// room is memory for the first reservation, and for what is told of it.
type room struct {
	used        bool
	taken       [1]taken
	all         [2]taken // of the request as a whole
	limits      [1]string
	reservation charge.Reservation
	charges     [2]charge.Charge
	rules       [2]*rule
	asked       [1]*charge.Reservation
}

// identify finds the plan of whoever it is, and under which names the caller is counted.
func (a *Account) identify(who Who) {
	if a.plan != nil && who == a.who {
		return // nothing more has been found out
	}
	l := a.limiter
	a.who = who
	name := who.Plan
	if _, known := l.plans[name]; name == "" || !known {
		name = l.config.DefaultPlan
		if who.Principal == "" {
			name = l.config.AnonymousPlan
		}
	}
	a.plan = l.plans[name]
	if a.plan == nil {
		a.plan = l.plans[""]
	}
	a.subjects = subjectsOf(who, a.plan.name)
}

// Plan is the name of the caller's plan, empty for none.
func (a *Account) Plan() string {
	if a == nil {
		return ""
	}
	return a.plan.name
}

// Request is what the account was charged for.
func (a *Account) Request() Request {
	if a == nil || a.kind == nil {
		return Request{}
	}
	return a.kind.request
}
