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
	source         *source
	first, further int // keys
	records        int
	ahead          int // calls for keys that are known before the level
	paths, ownerOf []string
	asked          []Asked
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
	made := &fetch{source: s}
	w.fetches[level] = append(w.fetches[level], made)
	return made
}

func (f *fetch) add(most portion) {
	f.records = plus(f.records, most.records)
	if most.further {
		f.further = plus(f.further, most.keys)
	} else {
		f.first = plus(f.first, most.keys)
	}
}

// hasten adds a call for each level before, as far as there are keys for it. Keys that take calls of their own take no more.
func (f *fetch) hasten(most portion, levels int) {
	if f.source.batching(most.further).Max > 1 {
		f.ahead = plus(f.ahead, min(levels, most.keys))
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
func (f *fetch) told(p *Plan) Fetch {
	told := Fetch{
		Read: f.source.name, By: "lists", Paths: f.paths, OwnersOf: f.ownerOf, Rules: f.asked,
		Keeps: p.layouts[f.source.layout].layout.Kept(),
	}
	how := f.source.batching(false)
	calls := min(plus(how.Calls(f.first), f.ahead), f.first) // each has a key
	if f.source.ids != nil {
		told.By = "ids"
	} else {
		calls = plus(calls, f.source.batching(true).Calls(f.further))
	}
	told.Demand = Demand{Service: how.Service, Calls: calls, Keys: plus(f.first, f.further), Records: f.records}
	return told
}

// batching is how a source asks. Of parts of lists, further are those that are not the first of a list that belongs to a record.
func (s *source) batching(further bool) rest.Batching {
	switch {
	case s.ids != nil:
		return s.ids.Batching(1)
	case further:
		return s.parts.Batching(record.Part{Offset: 1, Limit: 1, Of: 1})
	default:
		return s.parts.Batching(record.Part{Limit: 1, Of: 1})
	}
}

// carried is where records have the key that they are asked for by, 0 where they have none that the plan keeps.
func (w *walk) carried(s *source, further bool) raw.IDSlot {
	slot, _ := w.plan.layouts[s.layout].layout.ID(s.batching(further).Member)
	return slot
}

// first is how many records a page holds at most: none where its argument is refused.
func (s Sizes) first(e *edge) int {
	value := argument(e, "first")
	switch {
	case value == nil || value.Kind == ast.NullValue:
		return s.Pages.Default
	case value.Kind == ast.Variable:
		return s.Pages.Max
	}
	n, err := strconv.Atoi(value.Raw)
	if err != nil || n < 0 || n > s.Pages.Max {
		return 0
	}
	return n
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

// isGiven reports whether an argument may be other than null.
func isGiven(e *edge, name string) bool {
	value := argument(e, name)
	return value != nil && value.Kind != ast.NullValue
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
