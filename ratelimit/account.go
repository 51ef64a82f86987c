package ratelimit

import (
	"sync"
	"time"

	"github.com/concierge-gateway/concierge/ratelimit/charge"
)

// Account is what one request is charged to. Once the request itself was charged, it is safe for concurrent use: an operation's
// resolvers run beside each other, and some outlive it.
type Account struct {
	limiter   *Limiter
	who       Who
	addressed string // of who's address
	plan      *plan  // nil before anything is known
	kind      *kind  // of request that it was charged for, nil before
	known     *known // the rules that there are for it then
	whole     bool   // it was charged by all of them
	settled   bool   // the rules about requests have decided

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
	texts texts
}

// room is memory for the first reservation, and for what is told of it.
type room struct {
	used   bool
	taken  [1]taken
	all    [2]taken // of the request as a whole
	limits [1]string
	first  piece
	asked  [1]*charge.Reservation
}

// piece is memory for a reservation and its charges, of which most have no more than it has room for.
type piece struct {
	reservation charge.Reservation
	charges     [2]charge.Charge
	rules       [2]*rule
}

// taken is a reservation without charges.
func (p *piece) taken(want, least int64) taken {
	r := &p.reservation
	r.Want, r.Least, r.Charges = want, least, p.charges[:0]
	return taken{rules: p.rules[:0], reservation: r}
}

// identify finds the plan of whoever it is. An address is written once: it is known before the caller is.
func (a *Account) identify(who Who) {
	if a.plan != nil && who == a.who {
		return // nothing more has been found out
	}
	if a.plan == nil || who.Addr != a.who.Addr {
		var room [64]byte
		a.addressed = a.texts.keep(appendNetwork(append(room[:0], nameless...), who.Addr))
	}
	a.who, a.plan = who, a.limiter.planOf(who)
}

// planOf is the plan that a credential assigns, if there is one of that name, and else the configuration's for such callers.
func (l *Limiter) planOf(who Who) *plan {
	if who.Plan != "" {
		if assigned, known := l.plans[who.Plan]; known {
			return assigned
		}
	}
	name := l.config.DefaultPlan
	if who.Principal == "" {
		name = l.config.AnonymousPlan
	}
	if usual, known := l.plans[name]; known {
		return usual
	}
	return l.plans[""]
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
