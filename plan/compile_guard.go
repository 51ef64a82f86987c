package plan

import (
	"fmt"

	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/policy"
)

// guarded compiles what decides about a field of the parent, and about the records that it leads to.
func (c *compiler) guarded(of *policy.Guard, parent, below *raw.Builder) (*guard, error) {
	if of == nil {
		return nil, nil
	}
	g := &guard{index: len(c.plan.guards), Guard: of, owners: make([]raw.IDSlot, len(of.Rules))}
	c.plan.guards = append(c.plan.guards, g)
	for i, rule := range of.Rules {
		if err := c.ruled(g, i, rule, parent); err != nil {
			return nil, err
		}
	}
	for _, rule := range of.Keys {
		if rule.Owner != nil && rule.Owner.AtHand() && parent != nil {
			member, err := parent.ID(rule.Owner.Steps[0].Field())
			if err != nil {
				return nil, err
			}
			g.keys = append(g.keys, stranger{rule, member})
		}
	}
	for _, rule := range of.Records {
		chain, err := c.chain(rule, below)
		if err != nil {
			return nil, err
		}
		g.chains = append(g.chains, chain)
	}
	return g, nil
}

// ruled finds what a rule about the field itself compares.
func (c *compiler) ruled(g *guard, i int, rule *policy.Rule, parent *raw.Builder) (err error) {
	if owner := rule.Owner; owner != nil && owner.AtHand() && !owner.Self && parent != nil {
		g.owners[i], err = parent.ID(owner.Steps[0].Field())
	}
	return err
}

// chain is the way from a record to its owner.
func (c *compiler) chain(rule *policy.Rule, below *raw.Builder) ([]step, error) {
	if rule.Owner == nil {
		return nil, nil
	}
	if below == nil || len(rule.Owner.Argument) > 0 {
		return nil, fmt.Errorf("%s is about no record", rule.Name)
	}
	chain := make([]step, len(rule.Owner.Steps))
	for i, each := range rule.Owner.Steps {
		b := below
		if i > 0 {
			if _, ok := c.Reads.ByID(each.Type); !ok {
				return nil, fmt.Errorf("%s leads over %s, which is not read by ids", rule.Name, each.Type)
			}
			chain[i].source = c.read(each.Type, false)
			b = c.plan.layouts[chain[i].source.layout].builder
		}
		var err error
		if chain[i].member, err = b.ID(each.Field()); err != nil {
			return nil, err
		}
	}
	return chain, nil
}
