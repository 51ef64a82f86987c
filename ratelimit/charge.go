package ratelimit

import "context"

// kind is what rules there are for one kind of request. They are found once, and not for each request.
type kind struct {
	request   Request
	anonymous []*rule          // that hold whoever sends it
	byPlan    map[*plan]*known // that hold for a caller of a plan, before more is known of the request
}

// known is rules, and the field that says which they are where all of them count the caller.
type known struct {
	rules   []*rule
	charges int // of those that are told
	told    []string
}

func knownOf(rules []*rule) *known {
	text, charges := policiesOf(rules)
	return &known{rules, charges, []string{string(text)}}
}

func (l *Limiter) kindOf(q Request) *kind {
	holds := func(r *rule) bool { return r.about(q) && (r.early() || q.Passes && len(r.Operations) == 0) }
	k := &kind{request: q, byPlan: make(map[*plan]*known, len(l.plans))}
	for _, r := range l.general {
		if holds(r) && r.early() && (r.By == ByIP || r.By == ByAll) {
			k.anonymous = append(k.anonymous, r)
		}
	}
	for _, p := range l.plans {
		k.byPlan[p] = knownOf(l.rulesOf(p, holds))
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
	a.kind, a.settled, a.known = k, true, k.byPlan[a.plan]
	all := a.gather(a.known.rules, 1, 1, weight)
	a.whole = told(all) == a.known.charges
	return a.settle(ctx, all)
}

// told is of how many charges callers are told.
func told(all []taken) (charges int) {
	for i := range all {
		if all[i].enforced() {
			charges += len(all[i].rules)
		}
	}
	return charges
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
