package plan

import (
	"errors"
	"slices"

	"github.com/concierge-gateway/concierge/plan/raw"
)

// limit compiles the limits of a field that shows a value of an object. A field is charged once for each instance, under however
// many names it is selected.
func (c *compiler) limit(made *field, into, of *object, b *raw.Builder, f collected) error {
	limit := c.limits.Of(into.name, f.Name)
	if limit == nil {
		return nil
	}
	id := c.idMember(c.Schema.Types[into.name])
	if into != of || id == "" {
		return errors.New(whyNoID)
	}
	c.plan.limited = true
	made.limit = limit
	charge := charged{limit, made.guard, made.with}
	if slices.ContainsFunc(of.charged, func(other charged) bool { return other.limit == limit && other.part == charge.part }) {
		return nil
	}
	of.charged = append(of.charged, charge)
	var err error
	of.id, err = b.ID(id)
	return err
}
