package plan

import (
	"context"
	"slices"

	"github.com/concierge-gateway/concierge/policy"
)

// Places are where the answers of a plan have objects that are counted, each by the names of the fields that lead there: records,
// pages, their edges, and elements of lists. Parts of records are none.
func (p *Plan) Places() [][]string {
	places := make([][]string, 0, len(p.edges))
	for _, e := range p.edges {
		places = e.places(places, p.pathOf(e))
	}
	return places
}

// pathOf is the way to an edge.
func (p *Plan) pathOf(e *edge) []string {
	var path []string
	if above := e.parent.above; above != nil {
		path = slices.Concat(p.pathOf(above), e.parent.lead, e.parent.trail)
	}
	return append(path, e.field.Alias)
}

// places appends those of an edge, in the order in which counts counts.
func (e *edge) places(to [][]string, path []string) [][]string {
	to = append(to, path)
	if e.page == nil {
		return to
	}
	for i := range e.page.fields {
		f := &e.page.fields[i]
		if f.kind != nodes && f.kind != ends {
			continue
		}
		shown := append(slices.Clip(path), aliasOf(f.key))
		to = append(to, shown)
		for j := range f.ends {
			if f.ends[j].kind == node && f.ends[j].object != nil {
				to = append(to, append(slices.Clip(shown), aliasOf(f.ends[j].key)))
			}
		}
	}
	return to
}

// aliasOf is the name that a member of the answer begins with. Names need no escapes.
func aliasOf(key []byte) string { return string(key[len(`,"`) : len(key)-len(`":`)]) }

// RunCounted is Run, and says besides how many objects the answer has at each of the plan's Places. They are appended to counts.
// hides is whether a field hides what policy.Enforcer.Hides says.
func (p *Planner) RunCounted(
	ctx context.Context, plan *Plan, to []byte, counts []int,
) (answered []byte, counted []int, hides bool) {
	counted = counts
	answered = p.answer(ctx, plan, to, func(r *run) {
		for _, e := range plan.edges {
			counted = r.counts(e, counted)
			hides = hides || r.hides(e)
		}
	})
	return answered, counted, hides
}

// hides reports whether an edge does not show a record that it was asked for. Where its arguments were refused it was not.
func (r *run) hides(e *edge) bool {
	opened := &r.edges[e.index]
	if e.guard == nil || opened.args.refused != nil || !e.guard.AsksOthers(func() *policy.View { return r.view }) {
		return false
	}
	if e.kind != one {
		return len(opened.results) > 0
	}
	return slices.ContainsFunc(opened.results, func(each result) bool { return each.state == nothing })
}

// counts appends how many objects an edge led to.
func (r *run) counts(e *edge, to []int) []int {
	pages, records := 0, 0
	for _, each := range r.edges[e.index].results {
		if each.state == found {
			pages++
			records += each.to - each.from
		}
	}
	if e.page == nil {
		return append(to, records)
	}
	to = append(to, pages)
	for i := range e.page.fields {
		f := &e.page.fields[i]
		if f.kind != nodes && f.kind != ends {
			continue
		}
		to = append(to, records)
		for j := range f.ends {
			if f.ends[j].kind == node && f.ends[j].object != nil {
				to = append(to, records)
			}
		}
	}
	return to
}
