package ratelimit

import "context"

// kind is what rules there are for one kind of request. They are found once, and not for each request.
type kind struct {
	request   Request
	anonymous []*rule            // that hold whoever sends it
	byPlan    map[*plan][]*rule  // that hold for a caller of a plan, before more is known of the request
	told      map[*plan][]string // the field that says which those are, where all of them count the caller
}

func (l *Limiter) kindOf(q Request) *kind {
	holds := func(r *rule) bool { return r.about(q) && (r.early() || q.Passes && len(r.Operations) == 0) }
	k := &kind{request: q, byPlan: make(map[*plan][]*rule, len(l.plans)), told: make(map[*plan][]string, len(l.plans))}
	for _, r := range l.general {
		if holds(r) && r.early() && (r.By == ByIP || r.By == ByAll) {
			k.anonymous = append(k.anonymous, r)
		}
	}
	for _, p := range l.plans {
		k.byPlan[p] = l.rulesOf(p, holds)
		k.told[p] = []string{string(policiesOf(k.byPlan[p]))}
	}
	return k
}

// rulesOf are those of everybody and those of a plan that a condition holds for.
func (l *Limiter) rulesOf(p *plan, holds func(*rule) bool) (rules []*rule) {
	for _, each := range [][]*rule{l.general, p.rules} {
		for _, r := range each {
			if holds(r) {
				rules = append(rules, r)
			}
		}
	}
	return rules
}

// charge takes what a request costs before anything is known of it but who asks and for what. What passes through to a service is
// one call for one thing, until it is known better.
func (a *Account) charge(ctx context.Context, k *kind) error {
	a.kind, a.settled, a.told = k, true, k.told[a.plan]
	return a.settle(ctx, a.gather(k.byPlan[a.plan], 1, 1, weight))
}

// weight is what a rule counts for each request.
func weight(r *rule) int64 { return r.cost }

// settle asks for what rules cost, and takes it all back where it is refused.
func (a *Account) settle(ctx context.Context, all []taken) error {
	if err := a.reserve(ctx, all); err != nil {
		a.limiter.failed(ctx, err)
		return nil
	}
	a.taken = append(a.taken, all...)
	err := a.refuse(all)
	if err != nil {
		a.undo(ctx, a.taken)
	}
	return err
}
