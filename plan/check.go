package plan

import (
	"slices"

	"github.com/concierge-gateway/concierge/audit"
	"github.com/concierge-gateway/concierge/policy"
	"github.com/concierge-gateway/concierge/problem"
	"github.com/concierge-gateway/concierge/upstreams/record"
)

// verdict is what a guard says of the caller before any record is looked at. It is found out once for each run.
type verdict struct {
	known    bool
	refusing *policy.Rule // that refuses whatever the record
	asks     bool         // whether a rule about the field has to be asked for each record
	keys     bool         // whether keys that lead to somebody else's record are held back
	watches  bool         // whether a rule about the records that it leads to has to
}

func (r *run) verdict(g *guard) *verdict {
	v := &r.verdicts[g.index]
	if !v.known {
		v.known = true
		v.refusing = g.Refusing(r.view)
		v.asks, v.watches = r.undecided(g.Rules), r.undecided(g.Records)
		v.keys = slices.ContainsFunc(g.keys, func(key stranger) bool { return r.view.Verdict(key.rule) == policy.Ask })
	}
	return v
}

func (r *run) undecided(rules []*policy.Rule) bool {
	return slices.ContainsFunc(rules, func(rule *policy.Rule) bool { return r.view.Verdict(rule) != policy.Allow })
}

// refusing is the rule that refuses a field of one instance, nil where none does. args are those of the field.
func (r *run) refusing(g *guard, o *object, i int, args *arguments) *policy.Rule {
	v := r.verdict(g)
	if v.refusing != nil || !v.asks {
		return v.refusing
	}
	for n, rule := range g.Rules {
		switch r.view.Verdict(rule) {
		case policy.Allow:
		case policy.Ask:
			if !r.view.Is(r.owner(g, n, o, i, args)) {
				return rule
			}
		default:
			return rule
		}
	}
	return nil
}

// owner is the user that the rule's argument names, or the member of the record.
func (r *run) owner(g *guard, n int, o *object, i int, args *arguments) record.ID {
	if argument := g.Rules[n].Owner.Argument; len(argument) > 0 {
		return args.ids[argument[0]]
	}
	return r.idOf(o, i, g.owners[n])
}

// admitsAll reports whether nothing about an edge has to be asked for any instance.
func (v *verdict) admitsAll() bool { return v.refusing == nil && !v.asks && !v.keys }

// admitted decides about an edge before anything is asked for. What is refused becomes null, with an error; what is somebody
// else's, as its key tells already, becomes null without one.
func (r *run) admitted(e *edge, i int) bool {
	g := e.guard
	if g == nil || r.verdict(g).admitsAll() {
		return true
	}
	if rule := r.refusing(g, e.parent, i, &r.edges[e.index].args); rule != nil {
		r.failAt(e, i, r.denied(rule))
		return false
	}
	for _, key := range g.keys {
		if r.view.Verdict(key.rule) == policy.Ask && !r.view.Is(r.idOf(e.parent, i, key.member)) {
			r.trail.Deny(key.rule.Name, audit.NotOwner)
			return false
		}
	}
	return true
}

// denied notes a denial, and is the error that it shows, nil where something else is shown in the value's place.
func (r *run) denied(rule *policy.Rule) error {
	reason, kind := policy.Why(r.view)
	r.trail.Deny(rule.Name, reason)
	if rule.Form != policy.Null {
		return nil
	}
	return problem.New(kind, "")
}
