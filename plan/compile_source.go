package plan

import (
	"errors"
	"reflect"

	"github.com/concierge-gateway/concierge/plan/edges"
	"github.com/concierge-gateway/concierge/plan/raw"
)

// source finds out where an edge's records come from, and what they are read by.
func (c *compiler) source(e *edge, b *raw.Builder, found way) (*raw.Builder, error) {
	var err error
	if e.kind == list {
		var below *raw.Builder
		below, e.list, err = b.List(found.member)
		return below, err
	}
	if e.kind == many {
		e.source = c.read(found.edge.Read, true)
		if e.key, err = c.value(b, found.edge.Of); err != nil {
			return nil, err
		}
		e.named, err = c.value(b, found.edge.Named)
	} else {
		e.source = c.read(found.edge.Read, false)
		e.key, err = c.value(b, found.edge.Key)
	}
	return c.plan.layouts[e.source.layout].builder, err
}

func (c *compiler) value(b *raw.Builder, from edges.Value) (value, error) {
	if from.Member == "" {
		return value{argument: from.Argument}, nil
	}
	if b == nil {
		return value{}, errors.New("there is no record to take a key from")
	}
	slot, err := b.ID(from.Member)
	return value{member: slot, ofMember: true}, err
}

// read is the source of a name, added to the plan where it is the first of it.
func (c *compiler) read(name string, ofParts bool) *source {
	for _, s := range c.plan.sources {
		if s.name == name {
			return s
		}
	}
	s := &source{index: len(c.plan.sources), name: name}
	c.plan.sources = append(c.plan.sources, s)
	if ofParts {
		s.parts, _ = c.Reads.ByPart(name) // as surveyed
		s.layout = c.layout(s.parts.Record)
		b := c.plan.layouts[s.layout].builder
		s.key, s.keyed = b.Key("id") // without which no record of a list is read
		s.owner, s.owned = b.Key(s.parts.Member())
	} else {
		s.ids, _ = c.Reads.ByID(name)
		s.layout = c.layout(s.ids.Record)
		s.key, s.keyed = c.plan.layouts[s.layout].builder.Key(s.ids.Member())
	}
	c.prime()
	return s
}

// layout is where the plan has what it reads of records of a Go type.
func (c *compiler) layout(of reflect.Type) int {
	for i := range c.plan.layouts {
		if c.plan.layouts[i].of == of {
			return i
		}
	}
	c.plan.layouts = append(c.plan.layouts, layout{of: of, builder: c.types[of].Want()})
	return len(c.plan.layouts) - 1
}

// prime lets records that lists bring answer where they are read by ids, as far as the plan does both.
func (c *compiler) prime() {
	for _, list := range c.plan.sources {
		if list.parts == nil || list.primes != nil {
			continue
		}
		for _, byID := range c.plan.sources {
			if byID.ids != nil && byID.name == list.parts.Primes {
				list.primes = byID
				list.id, _ = c.plan.layouts[list.layout].builder.ID("ID") // every record that is read by ids has one
			}
		}
	}
}
