package plan

import (
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/concierge-gateway/concierge/incremental"
)

// enough is how many bytes of deferred data end a payload. Of the next no more is made before it was sent.
const enough = 64 << 10

// ready is a payload of all that can be sent now, nil where there is nothing.
func (a *InParts) ready() *incremental.Payload {
	if !a.sent[0] {
		if !a.isThere(0) {
			return nil
		}
		return a.first()
	}
	p := new(incremental.Payload)
	size := 0
	for i := range a.state {
		if s := &a.state[i]; s.announced && !s.done && size < enough && a.isThere(i) {
			size += a.deliver(p, i)
		}
	}
	if len(p.Incremental)+len(p.Completed) == 0 {
		return nil
	}
	p.More = a.left > 0
	return p
}

// isThere reports whether all of a fragment is. One in which others are deferred at too many places waits for those, and they
// come with it.
func (a *InParts) isThere(fragment int) bool {
	s := &a.state[fragment]
	if !a.areThere(s.covers) {
		return false
	}
	if a.ids+a.run.placesIn(fragment) <= a.most {
		return true
	}
	s.covers = a.run.plan.deferral.below(fragment)
	return a.areThere(s.covers)
}

func (a *InParts) areThere(all fragments) bool {
	for each := range all.all {
		for _, part := range a.run.plan.deferral.fragments[each].parts {
			if !a.sent[part] && !a.complete(part) {
				return false
			}
		}
	}
	return true
}

// goes is the choice of what was not sent of a fragment, and of those that come with it.
func (a *InParts) goes(fragment int) *choice {
	c := &choice{going: make([]bool, len(a.sent)), sent: a.sent}
	for each := range a.state[fragment].covers.all {
		for _, part := range a.run.plan.deferral.fragments[each].parts {
			c.going[part] = !a.sent[part]
		}
	}
	return c
}

// went notes that a choice was sent, and returns its errors.
func (a *InParts) went(fragment int, c *choice) (errs gqlerror.List) {
	for part, going := range c.going {
		if going {
			errs = append(errs, graphql.GetErrors(a.contexts[part])...)
			a.sent[part] = true
		}
	}
	for each := range a.state[fragment].covers.all {
		a.state[each].done = true
	}
	return errs
}

// first is the payload of what is not deferred.
func (a *InParts) first() *incremental.Payload {
	c := a.goes(0)
	w := &writer{run: a.run, choice: c}
	p := &incremental.Payload{First: true, Data: w.instance(nil, a.run.plan.root, 0), Errors: a.went(0, c)}
	a.announce(p, 0)
	p.More = a.left > 0
	return p
}

// announce notes where the fragments stand that are deferred within one that was sent.
func (a *InParts) announce(p *incremental.Payload, within int) {
	for i := range a.state[1:] {
		f := &a.run.plan.deferral.fragments[1+i]
		s := &a.state[1+i]
		if f.in != within || len(f.parts) == 0 || s.done {
			continue
		}
		s.announced = true
		a.seek(1+i, nil, func(path ast.Path, _ bool, _ func() []byte) {
			s.places = append(s.places, incremental.Pending{ID: strconv.Itoa(a.ids), Path: path, Label: f.label})
			a.ids++
		})
		if s.done = len(s.places) == 0; !s.done {
			p.Pending = append(p.Pending, s.places...)
			a.left++
		}
	}
}

// deliver adds a deferred fragment to a payload, at all of its places, and returns how many bytes its data are.
func (a *InParts) deliver(p *incremental.Payload, fragment int) (size int) {
	c := a.goes(fragment)
	var came []incremental.Increment
	if a.format == incremental.Of2022 {
		c.fragments = a.state[fragment].covers
		came = a.fragments(fragment, c)
	} else {
		came = a.members(fragment, c)
	}
	blame(came, a.went(fragment, c))
	for i := range came {
		size += len(came[i].Data)
	}
	p.Incremental = append(p.Incremental, came...)
	for _, each := range a.state[fragment].places {
		p.Completed = append(p.Completed, incremental.Completed{ID: each.ID})
	}
	a.left--
	a.announce(p, fragment)
	return size
}

// fragments are the objects of a deferred fragment, each with all that the fragment selects.
func (a *InParts) fragments(fragment int, c *choice) (came []incremental.Increment) {
	a.seek(fragment, c, func(path ast.Path, home bool, write func() []byte) {
		if home {
			label := a.run.plan.deferral.fragments[fragment].label
			came = append(came, incremental.Increment{Path: path, Label: label, Data: write()})
		}
	})
	return came
}

// members are the members of objects that a deferred fragment adds to what was sent.
func (a *InParts) members(fragment int, c *choice) (came []incremental.Increment) {
	nth := -1
	a.seek(fragment, c, func(path ast.Path, home bool, write func() []byte) {
		if home {
			nth++
		}
		if write == nil {
			return
		}
		at := &a.state[fragment].places[nth]
		came = append(came, incremental.Increment{ID: at.ID, Below: path[len(at.Path):], Path: path, Label: at.Label, Data: write()})
	})
	return came
}

// blame gives each error to the object that it stands in.
func blame(came []incremental.Increment, errs gqlerror.List) {
	for _, err := range errs {
		best, deep := 0, -1
		for i := range came {
			if path := came[i].Path; len(path) > deep && leadsTo(path, err.Path) {
				best, deep = i, len(path)
			}
		}
		if len(came) > 0 {
			came[best].Errors = append(came[best].Errors, err)
		}
	}
}

func leadsTo(path, to ast.Path) bool {
	if len(path) > len(to) {
		return false
	}
	for i := range path {
		if path[i] != to[i] {
			return false
		}
	}
	return true
}

// fail ends the answer: what has not come will not.
func (a *InParts) fail(panicked any) *incremental.Payload {
	a.broken = true
	err := graphql.Recover(a.contexts[0], panicked)
	failed := func(path ast.Path) gqlerror.List {
		known := len(graphql.GetErrors(a.contexts[0]))
		graphql.AddError(a.contexts[0], gqlerror.WrapPath(path, err))
		return graphql.GetErrors(a.contexts[0])[known:]
	}
	p := new(incremental.Payload)
	if !a.sent[0] {
		p.First, p.Errors = true, failed(nil)
		return p
	}
	for i := range a.state {
		if s := &a.state[i]; s.announced && !s.done {
			a.giveUp(p, s.places, failed)
		}
	}
	return p
}

func (a *InParts) giveUp(p *incremental.Payload, places []incremental.Pending, failed func(ast.Path) gqlerror.List) {
	for _, each := range places {
		if a.format == incremental.Of2022 {
			p.Incremental = append(p.Incremental, incremental.Increment{Path: each.Path, Label: each.Label, Errors: failed(each.Path)})
		} else {
			p.Completed = append(p.Completed, incremental.Completed{ID: each.ID, Errors: failed(each.Path)})
		}
	}
}
