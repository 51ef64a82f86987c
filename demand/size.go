package demand

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/page"
)

// size is how long a list is that a field of an operation leads to.
type size struct {
	known int     // where it does not depend on the request
	asked []asked // what does
	least int     // what slicing arguments say that are written out, of several the largest; -1 where none does
	usual int     // where nothing is given
	pages page.Limits
	deep  int // how many lists there are of it, which is more than one in lists of lists
}

// asked is a slicing argument that a variable gives.
type asked struct {
	variable  *ast.Value
	otherwise int // where the variable has no value; -1 for nothing
}

// fixed is a length that does not depend on the request.
func fixed(n int) size { return size{known: n, deep: 1} }

// of is the length, by the variables of a request.
func (s *size) of(variables map[string]any) int {
	n := s.known
	if len(s.asked) > 0 {
		n = s.least
		for _, each := range s.asked {
			n = max(n, s.given(each, variables))
		}
		if n < 0 {
			n = s.usual
		}
	}
	return int(min(times(s.deep, amount(n)), Countless))
}

func (s *size) given(a asked, variables map[string]any) int {
	if variables == nil {
		return s.most(Countless)
	}
	if value, err := a.variable.Value(variables); err == nil && value != nil {
		return s.most(value)
	}
	return a.otherwise
}

// most is what the value of a slicing argument lets a list be.
func (s *size) most(given any) int {
	limits := s.pages
	if limits.Max == 0 {
		limits.Max = Countless
	}
	return limits.Most(given)
}

// sizeOf is the length of what a field leads to, which is the field itself or its sized fields.
func (c *Costs) sizeOf(f *fieldCost, field *ast.Field) size {
	s := size{least: -1, usual: c.sizes.List, deep: 1}
	if f.list == nil {
		return fixed(s.usual)
	}
	if len(f.list.sized) > 0 {
		s.pages = c.sizes.Pages
		s.usual = s.pages.Default
	}
	if f.list.assumed != nil {
		s.usual = *f.list.assumed
	}
	for _, name := range f.list.slicing {
		s.slice(field, name)
	}
	s.known = s.least
	if s.least < 0 {
		s.known = s.usual
	}
	return s
}

// slice takes in a slicing argument.
func (s *size) slice(field *ast.Field, name string) {
	usual := -1
	if defined := field.Definition.Arguments.ForName(name); defined != nil {
		usual = s.written(defined.DefaultValue)
	}
	given := field.Arguments.ForName(name)
	switch {
	case given == nil:
		s.least = max(s.least, usual)
	case given.Value.Kind == ast.Variable:
		s.asked = append(s.asked, asked{given.Value, usual})
	default:
		s.least = max(s.least, s.written(given.Value))
	}
}

// written is what a value says that is no variable, -1 for nothing.
func (s *size) written(value *ast.Value) int {
	if value == nil || value.Kind == ast.NullValue {
		return -1
	}
	return s.most(value.Raw)
}
