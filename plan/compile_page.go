package plan

import (
	"errors"
	"fmt"
	"slices"

	"github.com/concierge-gateway/concierge/plan/raw"
	"github.com/concierge-gateway/concierge/policy"
)

// paging compiles what is selected of one connection.
type paging struct {
	*compiler
	edge   *edge
	below  *raw.Builder  // of its records
	around *policy.Guard // of the connection itself
}

func (c paging) page(f collected) error {
	name := f.Definition.Type.Name()
	c.edge.page = new(shape)
	for _, each := range c.collect(f.from, name, &c.edge.page.homes) {
		made, err := c.pageField(name, each)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", name, each.Name, err)
		}
		c.edge.page.fields = append(c.edge.page.fields, made)
	}
	return nil
}

func (c paging) pageField(name string, f collected) (made pageField, err error) {
	made.delivery, made.key = f.delivery, keyOf(f.Alias)
	if f.Name == typename {
		made.text = quoted(name)
		return made, nil
	}
	found, err := c.passed(name, f)
	if err != nil {
		return made, err
	}
	switch made.kind = found.kind; found.kind {
	case nodes:
		made.object, err = c.shown(f, []string{f.Alias}, nil)
	case ends:
		made.ends, err = c.ends(f, &made.homes)
	case info:
		made.infos, err = c.info(f)
	default:
		return made, errors.New(found.why)
	}
	return made, err
}

// passed is the way of a field within the page. One with a policy of its own is refused: what decides about the records was asked
// at the connection.
func (c paging) passed(object string, f collected) (way, error) {
	found, _ := c.way(object, f)
	if guard := found.guard; guard != nil {
		if len(guard.Rules) > 0 || c.around == nil || !slices.Equal(guard.Records, c.around.Records) {
			return found, errors.New(whyWithin)
		}
	}
	return found, nil
}

// shown adds the object that shows the page's records at one of the places where they can be selected.
func (c paging) shown(f collected, lead, trail []string) (*object, error) {
	o := c.child(c.edge, f.Definition.Type.Name(), lead, trail, true)
	c.edge.children = append(c.edge.children, o)
	return o, c.fields(o, o, c.below, f.from)
}

func (c paging) ends(f collected, homes *[]int) ([]pageField, error) {
	name := f.Definition.Type.Name()
	var made []pageField
	for _, each := range c.collect(f.from, name, homes) {
		end, err := c.end(name, f.Alias, each)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", name, each.Name, err)
		}
		made = append(made, end)
	}
	return made, nil
}

// end compiles a field of the page's edges, which are shown under an alias.
func (c paging) end(name, alias string, f collected) (end pageField, err error) {
	end.delivery, end.key = f.delivery, keyOf(f.Alias)
	if f.Name == typename {
		end.text = quoted(name)
		return end, nil
	}
	found, err := c.passed(name, f)
	switch end.kind = found.kind; {
	case err != nil:
	case found.kind == node:
		end.object, err = c.shown(f, []string{alias}, []string{f.Alias})
	case found.kind != cursor:
		err = errors.New(found.why)
	}
	return end, err
}

func (c paging) info(f collected) ([]infoOf, error) {
	name := f.Definition.Type.Name()
	var made []infoOf
	for _, each := range c.collect(f.from, name, nil) {
		of := infoOf{key: keyOf(each.Alias), name: each.Name}
		if each.Name == typename {
			of.text = quoted(name)
		} else if found, _ := c.way(name, each); found.kind != infoField {
			return nil, fmt.Errorf("%s.%s: %s", name, each.Name, found.why)
		}
		c.edge.beyond = c.edge.beyond || each.Name == "hasNextPage"
		made = append(made, of)
	}
	return made, nil
}
