package passthrough

import (
	"fmt"
	"slices"

	"github.com/concierge-gateway/concierge/passthrough/composed"
	"github.com/concierge-gateway/concierge/passthrough/routing"
	"github.com/concierge-gateway/concierge/units"
)

// Plan is what a configuration makes of the REST door.
type Plan struct {
	routes     []*route
	operations []*composed.Operation
	rules      []routing.Rule
	table      *routing.Table
}

// Compile reads routes and operations, and reports what is wrong, by path below rest.
func Compile(c Config, around Surroundings, operations []*composed.Operation, fail Fail) *Plan {
	p := &Plan{routes: compile(c, around, fail), operations: operations}
	if !p.readRules(fail) {
		return p // of rules that cannot be read nobody knows what they fit
	}
	var conflicts []routing.Conflict
	p.table, conflicts = routing.New(p.rules, routing.Policy{EncodedSlashes: c.EncodedSlashes})
	for _, each := range conflicts {
		p.report(each, fail)
	}
	p.succeed()
	return p
}

// readRules gathers the rules of all. ok is false where one of them cannot be read.
func (p *Plan) readRules(fail Fail) (ok bool) {
	ok = true
	for _, each := range p.routes {
		p.rules = append(p.rules, each.rule)
		ok = ok && !each.unreadable
	}
	for _, each := range p.operations {
		rule, err := ruleOf(each)
		if err != nil {
			fail("operations", fmt.Sprintf("%s cannot be reached: %v", each.Name, err))
			ok = false
		}
		p.rules = append(p.rules, rule)
	}
	return ok
}

// ruleOf is the rule of an operation.
func ruleOf(o *composed.Operation) (routing.Rule, error) {
	pattern, err := routing.ParsePattern(o.Method + " " + o.Path)
	return routing.Rule{Pattern: pattern}, err
}

// report names both rules of a conflict, at the second of them that stands in the file.
func (p *Plan) report(c routing.Conflict, fail Fail) {
	first, second := min(c.First, c.Second), max(c.First, c.Second)
	at := "operations"
	if second < len(p.routes) {
		at = fmt.Sprintf("routes[%d].match", second)
	}
	fail(at, fmt.Sprintf("%s answers requests that %s answers as well, and neither is more specific",
		p.place(second), p.place(first)))
}

func (p *Plan) place(i int) string {
	if i < len(p.routes) {
		return fmt.Sprintf("routes[%d] (%s)", i, p.rules[i])
	}
	return fmt.Sprintf("the operation %s (%s)", p.operations[i-len(p.routes)].Name, p.rules[i])
}

func (p *Plan) names() []string {
	names := make([]string, 0, len(p.routes)+len(p.operations))
	for _, each := range p.routes {
		names = append(names, each.name)
	}
	for _, each := range p.operations {
		names = append(names, each.Method+" "+each.Path)
	}
	return names
}

// succeed finds for each version that ends what replaces it.
func (p *Plan) succeed() {
	for _, each := range p.routes {
		each.announced = newLifecycle(each.Route, p.successor(each))
	}
}

// successor is what the configuration says, or else the same path in the next version that does not end.
func (p *Plan) successor(of *route) *successor {
	if of.Successor != "" {
		return of.replaced
	}
	next := p.next(of)
	if next == nil {
		return nil
	}
	s := &successor{template: next.same}
	if next.rule.ByPath {
		s.prefix = "/" + next.Version
	}
	return s
}

// next is the route of the next version for the same requests.
func (p *Plan) next(of *route) *route {
	var best *route
	for _, each := range p.routes {
		same := each.Host == of.Host && each.rule.Pattern.Path() == of.rule.Pattern.Path() &&
			slices.Equal(each.rule.Pattern.Methods(), of.rule.Pattern.Methods())
		lasting := each.Deprecated.IsZero() && each.Sunset.IsZero()
		if same && lasting && newer(each, of) && (best == nil || newer(best, each)) {
			best = each
		}
	}
	return best
}

func newer(a, b *route) bool { return routing.CompareVersions(a.Version, b.Version) > 0 }

// guarded is what stands before the route.
func (r *route) guarded(usual units.Bytes) Guarded {
	g := Guarded{
		Name: r.name, Match: r.Match, Version: r.Version, Priority: r.Priority, MaxBody: r.MaxBody, Networks: r.Networks, Raw: r.Raw,
		Unnamed: r.unnamed(),
	}
	if g.MaxBody == 0 {
		g.MaxBody = usual
	}
	return g
}
