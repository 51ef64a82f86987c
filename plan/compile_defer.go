package plan

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/incremental"
)

// CompileInParts makes the plan by which an operation is answered in parts, nil where it cannot be planned or nothing is
// deferred.
func (p *Planner) CompileInParts(operation *graphql.OperationContext) *Plan {
	d := &deferral{fragments: make([]deferred, 1), parts: []division{{of: only(0)}}}
	made, err := p.compile(operation, &Plan{deferral: d})
	if err != nil || !d.close() {
		return nil
	}
	return made
}

// selection is a set of selections, and the deferred fragment that it stands in.
type selection struct {
	set ast.SelectionSet
	in  int
}

func whole(set ast.SelectionSet) []selection { return []selection{{set: set}} }

// collected is a field with all that is selected below it, wherever that stands.
type collected struct {
	graphql.CollectedField
	delivery

	from []selection
}

// collect collects the fields of an object. It adds the deferred fragments that stand there to homes; without homes none is
// deferred.
func (c *compiler) collect(selected []selection, object string, homes *[]int) []collected {
	d := c.plan.deferral
	if d == nil {
		fields := graphql.CollectFields(c.operation, selected[0].set, []string{object})
		all := make([]collected, len(fields))
		for i, f := range fields {
			all[i] = collected{CollectedField: f, from: whole(f.Selections)}
		}
		return all
	}
	g := &collector{compiler: c, object: object, homes: homes, spread: make(map[spread]bool)}
	if c.atHand != nil {
		g.homes = nil
	}
	for _, each := range selected {
		g.set(each.set, each.in)
	}
	for i := range g.all {
		if g.homes != nil {
			g.all[i].with = d.partOf(g.all[i].within)
		} else if c.atHand != nil {
			g.all[i].delivery = *c.atHand
		}
	}
	return g.all
}

// collector collects fields by gqlgen's rules, and knows of each in which deferred fragments it stands.
type collector struct {
	*compiler
	object string
	homes  *[]int
	spread map[spread]bool
	all    []collected
}

// spread is a fragment that was spread in a deferred one already.
type spread struct {
	name string
	in   int
}

func (g *collector) set(set ast.SelectionSet, in int) {
	for _, each := range set {
		switch of := each.(type) {
		case *ast.Field:
			if g.included(of.Directives) {
				g.field(of, in)
			}
		case *ast.InlineFragment:
			if g.included(of.Directives) && g.matches(of.TypeCondition) {
				g.set(of.SelectionSet, g.begin(of.Directives, in))
			}
		case *ast.FragmentSpread:
			if g.included(of.Directives) {
				g.fragment(of, in)
			}
		}
	}
}

func (g *collector) field(f *ast.Field, in int) {
	at := slices.IndexFunc(g.all, func(other collected) bool { return other.Alias == f.Alias })
	if at < 0 {
		at = len(g.all)
		g.all = append(g.all, collected{CollectedField: graphql.CollectedField{Field: f}})
	}
	of := &g.all[at]
	of.within |= only(in)
	of.from = append(of.from, selection{f.SelectionSet, in})
}

// fragment collects what a fragment has. One that was spread here already, and not deferred anew, adds nothing.
func (g *collector) fragment(f *ast.FragmentSpread, in int) {
	definition := g.operation.Doc.Fragments.ForName(f.Name)
	if definition == nil || !g.matches(definition.TypeCondition) {
		return
	}
	now := g.begin(f.Directives, in)
	if seen := (spread{f.Name, in}); now == in {
		if g.spread[seen] {
			return
		}
		g.spread[seen] = true
	}
	g.set(definition.SelectionSet, now)
}

// begin is the deferred fragment that a fragment is, or else the one that it stands in.
func (g *collector) begin(directives ast.DirectiveList, in int) int {
	d := g.plan.deferral
	label, found := incremental.Deferred(directives, g.operation.Variables)
	if !found || g.homes == nil || len(d.fragments) > mostDeferred {
		return in
	}
	d.fragments = append(d.fragments, deferred{label: label, in: in})
	*g.homes = append(*g.homes, len(d.fragments)-1)
	return len(d.fragments) - 1
}

func (g *collector) matches(condition string) bool { return condition == "" || condition == g.object }

func (g *collector) included(directives ast.DirectiveList) bool {
	return !g.isOn(directives.ForName("skip"), false) && g.isOn(directives.ForName("include"), true)
}

func (g *collector) isOn(d *ast.Directive, missing bool) bool {
	if d == nil {
		return missing
	}
	value, err := d.Arguments.ForName("if").Value.Value(g.operation.Variables)
	on, _ := value.(bool)
	return err == nil && on
}

// divide says what is to be done for which part of the answer, when all is compiled.
func (c *compiler) divide() {
	for _, o := range c.plan.objects {
		o.share(c.plan.deferral)
	}
	if c.plan.deferral == nil {
		return
	}
	for _, e := range c.plan.edges {
		if e.page != nil {
			e.leadTo(c.plan.deferral, e.page.fields)
		}
	}
	for _, o := range slices.Backward(c.plan.objects) { // those below come after it
		o.reach |= within(o.homes) | o.of()
		for _, e := range o.edges {
			o.reach |= e.reach()
		}
	}
}

// of are the fragments that have fields of an object.
func (o *object) of() (all fragments) {
	for i := range o.fields {
		all |= o.fields[i].within
	}
	return all
}

// reach are the fragments that have something where an edge leads.
func (e *edge) reach() fragments {
	if e.page == nil {
		return e.child.reach
	}
	all := within(e.page.homes) | ofPageFields(e.page.fields)
	for _, child := range e.children {
		all |= child.reach
	}
	return all
}

func ofPageFields(fields []pageField) (all fragments) {
	for i := range fields {
		all |= fields[i].within | within(fields[i].homes) | ofPageFields(fields[i].ends)
	}
	return all
}

// within is the set of some fragments.
func within(some []int) (set fragments) {
	for _, each := range some {
		set |= only(each)
	}
	return set
}

// share notes the parts that an object's instances have something to be done for.
func (o *object) share(d *deferral) {
	note := func(part int) {
		if !slices.Contains(o.parts, part) {
			o.parts = append(o.parts, part)
		}
	}
	for _, e := range o.edges {
		note(e.part)
	}
	for _, each := range o.charged {
		note(each.part)
	}
	if d == nil || o.above == nil {
		return
	}
	for i := range o.fields {
		d.lead(o.above.part, o.fields[i].with)
	}
}

// leadTo notes the parts of a page that come after their edge's.
func (e *edge) leadTo(d *deferral, fields []pageField) {
	for i := range fields {
		d.lead(e.part, fields[i].with)
		e.leadTo(d, fields[i].ends)
	}
}
