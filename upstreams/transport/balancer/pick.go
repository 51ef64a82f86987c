package balancer

import (
	"context"
	"time"

	"github.com/concierge-gateway/concierge/upstreams/transport/attempt"
	"github.com/concierge-gateway/concierge/upstreams/transport/breaker"
)

// pick chooses the endpoint of a call's next attempt, nil where nobody can take it, and gets its breaker's leave.
func (p *Pool) pick(ctx context.Context, call *attempt.Call, now time.Duration) (*endpoint, breaker.Ticket) {
	tiers := p.current(now).tiers
	for _, t := range tiers {
		// Mostly, whoever is picked among all will do, and the others need not be asked.
		if e := p.picker.pick(ctx, t, now); e.fits(call, 0) {
			if ticket, err := e.breaker.Allow(); err == nil {
				return e, ticket
			}
		}
		// Who failed once may do better the second time. Who failed twice is no better than the next tier.
		for tries := range 2 {
			if e, ticket := p.ask(ctx, t.only(func(e *endpoint) bool { return e.fits(call, tries) }), now); e != nil {
				return e, ticket
			}
		}
	}
	for _, t := range tiers {
		if e, ticket := p.ask(ctx, t.only(func(e *endpoint) bool { return e.breaker.Ready() }), now); e != nil {
			return e, ticket
		}
	}
	return nil, breaker.Ticket{}
}

// ask picks one after the other until a breaker lets the attempt through.
func (p *Pool) ask(ctx context.Context, t tier, now time.Duration) (*endpoint, breaker.Ticket) {
	for len(t.candidates) > 0 {
		picked := p.picker.pick(ctx, t, now)
		if ticket, err := picked.breaker.Allow(); err == nil {
			return picked, ticket
		}
		t = t.only(func(e *endpoint) bool { return e != picked })
	}
	return nil, breaker.Ticket{}
}
