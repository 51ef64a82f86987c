package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/upstreams/record"
	"github.com/concierge-gateway/concierge/upstreams/rest"
)

// fetch is a source on one level.
type fetch struct {
	amounts

	source         *source
	paths, ownerOf []string
	asked          []Asked
}

// amounts are how much a fetch asks for.
type amounts struct {
	how, howFor    rest.Batching // how it asks for first and further keys
	first, further figure        // keys
	records        figure
	ahead          figure // calls for keys that are known before the level
}

// fetch is that of a source on a level.
func (w *walk) fetch(s *source, level int) *fetch {
	for len(w.fetches) <= level {
		w.fetches = append(w.fetches, nil)
	}
	for _, each := range w.fetches[level] {
		if each.source == s {
			return each
		}
	}
	made := &fetch{source: s, amounts: amounts{how: s.batching(false), howFor: s.batching(true)}}
	w.fetches[level] = append(w.fetches[level], made)
	return made
}

func (w *walk) add(f *fetch, most portion) {
	f.records = w.plus(f.records, most.records)
	f.first, f.further = w.plus(f.first, most.first), w.plus(f.further, most.further)
}

// ahead adds a call for each level before, as far as there are keys for it. Keys that take calls of their own take no more.
func (w *walk) ahead(f *fetch, most portion, levels int) {
	if f.how.Max > 1 && levels > 0 {
		f.ahead = w.plus(f.ahead, w.least(most.first, levels))
	}
}

func (f *fetch) path(path []string)   { f.paths = append(f.paths, joined(path)) }
func (f *fetch) owners(path []string) { f.ownerOf = append(f.ownerOf, joined(path)) }

// rules notes what a guard asks.
func (f *fetch) rules(path []string, g *guard) {
	if f == nil || g == nil {
		return
	}
	asked := Asked{Path: joined(path)}
	for _, rule := range slices.Concat(g.Rules, g.Records) {
		asked.Rules = append(asked.Rules, rule.Name)
	}
	f.asked = append(f.asked, asked)
}

func joined(path []string) string { return strings.Join(path, ".") }

// told is the fetch as people read it.
func (f *fetch) told(p *Plan, reckoned []int) Fetch {
	told := Fetch{
		Read: f.source.name, By: "lists", Paths: f.paths, OwnersOf: f.ownerOf, Rules: f.asked,
		Keeps: p.layouts[f.source.layout].layout.Kept(),
	}
	if f.source.ids != nil {
		told.By = "ids"
	}
	told.Demand = f.demand(reckoned)
	return told
}

// demand is how much it asks for.
func (f *amounts) demand(reckoned []int) Demand {
	first, further := reckoned[f.first], reckoned[f.further]
	calls := min(plus(f.how.Calls(first), reckoned[f.ahead]), first) // each has a key
	return Demand{
		Service: f.how.Service, Calls: plus(calls, f.howFor.Calls(further)), Keys: plus(first, further), Records: reckoned[f.records],
	}
}

// batching is how a source asks. Of parts of lists, further are those that are not the first of a list that belongs to a record.
func (s *source) batching(further bool) rest.Batching {
	switch {
	case s.alone != nil:
		return *s.alone
	case s.ids != nil:
		return s.ids.Batching(1)
	case further:
		return s.parts.Batching(record.Part{Offset: 1, Limit: 1, Of: 1})
	default:
		return s.parts.Batching(record.Part{Limit: 1, Of: 1})
	}
}

// carried is where records have the key that they are asked for by, 0 where they have none that the plan keeps.
func (w *walk) carried(s *source) raw.IDSlot {
	slot, _ := w.plan.layouts[s.layout].layout.ID(s.batching(false).Member)
	return slot
}

// argument is what a field gives for an argument, or else what the schema does. Nil is nothing.
func argument(e *edge, name string) *ast.Value {
	if given := e.field.Arguments.ForName(name); given != nil {
		return given.Value
	}
	if defined := e.field.Definition.Arguments.ForName(name); defined != nil {
		return defined.DefaultValue
	}
	return nil
}

// said is all that is to be known of an edge's arguments, and whether it asks for one record more.
func said(e *edge) string {
	words := []string{strconv.FormatBool(e.beyond)}
	for _, definition := range e.field.Definition.Arguments {
		if value := argument(e, definition.Name); value != nil {
			words = append(words, definition.Name+": "+value.String())
		}
	}
	return strings.Join(words, " ")
}
