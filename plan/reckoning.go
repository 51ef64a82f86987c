package plan

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// Reckoning is how much an operation asks services for at most, whoever runs it, for given values of the variables that its @skip
// and @include depend on. It is not changed once it was made, and safe for concurrent use.
type Reckoning struct {
	figures *figures
	fetches []amounts
}

// Reckon finds out how much an operation asks services for that was found valid: by its plan, or, where it has none, by the
// statement of each field's resolver, as far as that is known. A resolver of which it is not counts as one call for each object
// that it runs for, with one key; the call of a mutation's field is the one that its resolver makes. What a resolver does beyond
// that is not known here.
func (p *Planner) Reckon(operation *graphql.OperationContext, sizes Sizes) *Reckoning {
	return p.NewPlans().Reckoning(operation, sizes)
}

// reckon finds out how much the plan's operation asks services for. The fields of a mutation run one after the other, and what
// was read before one is forgotten.
func (p *Plan) reckon(sizes Sizes, serially bool) *Reckoning {
	r := &Reckoning{figures: newFigures(sizes)}
	roots := []*object{p.root}
	if serially {
		roots = make([]*object, 0, len(p.root.edges))
		for _, e := range p.root.edges {
			roots = append(roots, &object{name: p.root.name, edges: []*edge{e}})
		}
	}
	for _, root := range roots {
		w := newWalk(p, r.figures)
		w.alone = serially
		w.from(root)
		for _, each := range slices.Concat(w.fetches...) {
			r.fetches = append(r.fetches, each.amounts)
		}
	}
	return r
}

// room is for the figures of most operations.
const room = 64

// Most is how many calls and keys it comes to at most, by the variables of a request. Numbers end at Countless.
func (r *Reckoning) Most(variables map[string]any) (calls, keys int) {
	var space [room]int
	reckoned := r.figures.reckon(space[:0], variablesOf(variables))
	for i := range r.fetches {
		most := r.fetches[i].demand(reckoned)
		calls, keys = plus(calls, most.Calls), plus(keys, most.Keys)
	}
	return calls, keys
}

// Services is Most for each service by its name. What a resolver asks that nobody could read has none.
func (r *Reckoning) Services(variables map[string]any) []Demand {
	return r.services(variablesOf(variables))
}

// Unknown is Services where the variables are not known.
func (r *Reckoning) Unknown() []Demand { return r.services(nil) }

func (r *Reckoning) services(by request) []Demand {
	var all services
	reckoned := r.figures.reckon(nil, by)
	for i := range r.fetches {
		if most := r.fetches[i].demand(reckoned); most.Keys > 0 {
			all.add(most)
		}
	}
	return all.sorted()
}

// variablesOf are those of a request, which may have none.
func variablesOf(variables map[string]any) request {
	if variables == nil {
		return request{}
	}
	return variables
}

// services are demands by service.
type services []Demand

func (s *services) add(d Demand) {
	at := slices.IndexFunc(*s, func(known Demand) bool { return known.Service == d.Service })
	if at < 0 {
		*s = append(*s, d)
		return
	}
	sum := &(*s)[at]
	sum.Calls, sum.Keys, sum.Records = plus(sum.Calls, d.Calls), plus(sum.Keys, d.Keys), plus(sum.Records, d.Records)
}

func (s *services) sorted() []Demand {
	slices.SortFunc(*s, func(a, b Demand) int { return strings.Compare(a.Service, b.Service) })
	return *s
}
