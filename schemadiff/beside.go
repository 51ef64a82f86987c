package schemadiff

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/coordinates"
)

// apart is a field that can stand in one selection with a field, under the same name and for different objects, as long as both
// are of one shape (section 5.3.2 of the specification, SameResponseShape), and no longer since the field's type has changed.
// It is empty where there is none.
func (c *comparison) apart(of *ast.Definition, before, after *ast.FieldDefinition) string {
	if c.together == nil {
		c.together = meetings(c.before)
	}
	for _, other := range c.before.Types {
		now, how := c.after.Types[other.Name], c.together[pair{of.Name, other.Name}]
		if now == nil || how == 0 {
			continue
		}
		if field := c.parted(other, now, before, after, how); field != nil {
			return coordinates.Member(other.Name, field.Name)
		}
	}
	return ""
}

// parted is a field of a type that was of one shape with a field and is not any more.
func (c *comparison) parted(
	was, is *ast.Definition, before, after *ast.FieldDefinition, how freedom,
) *ast.FieldDefinition {
	for _, field := range was.Fields {
		left := is.Fields.ForName(field.Name)
		if field == before || left == nil || how == sameName && field.Name != before.Name {
			continue
		}
		if sameShape(c.before, before.Type, field.Type) && !sameShape(c.after, after.Type, left.Type) {
			return field
		}
	}
	return nil
}

// sameShape reports whether two types are the same apart from what is selected of objects.
func sameShape(schema *ast.Schema, a, b *ast.Type) bool {
	if a.NonNull != b.NonNull || (a.Elem == nil) != (b.Elem == nil) {
		return false
	}
	if a.Elem != nil {
		return sameShape(schema, a.Elem, b.Elem)
	}
	return a.NamedType == b.NamedType || composite(schema, a.NamedType) && composite(schema, b.NamedType)
}

func composite(schema *ast.Schema, name string) bool {
	found := schema.Types[name]
	return found != nil && found.IsCompositeType()
}

// pair are two types, fields of which can answer under one name.
type pair struct{ one, other string }

// freedom is which fields of a pair can: of two different objects any, of others only those of one name.
type freedom int

const (
	sameName freedom = iota + 1
	anyName
)

// meetings are all pairs of a schema: types that overlap with one that others are members of, and what such types lead to.
func meetings(schema *ast.Schema) map[pair]freedom {
	m := &meeting{schema: schema, met: make(map[pair]freedom)}
	for _, each := range schema.Types {
		if each.IsAbstractType() {
			m.within(each, each, sameName)
		}
	}
	for len(m.open) > 0 {
		next := m.open[len(m.open)-1]
		m.open = m.open[:len(m.open)-1]
		m.below(schema.Types[next.one], schema.Types[next.other], m.met[next])
	}
	return m.met
}

type meeting struct {
	schema *ast.Schema
	met    map[pair]freedom
	open   []pair // pairs that were not followed yet
}

// within lets all meet that can be selected of two types.
func (m *meeting) within(one, other *ast.Definition, how freedom) {
	for _, a := range m.overlapping(one) {
		for _, b := range m.overlapping(other) {
			free := how
			if a != b && a.Kind == ast.Object && b.Kind == ast.Object {
				free = anyName
			}
			if p := (pair{a.Name, b.Name}); m.met[p] < free {
				m.met[p] = free
				m.open = append(m.open, p)
			}
		}
	}
}

// below lets the types meet that fields of two types lead to.
func (m *meeting) below(one, other *ast.Definition, how freedom) {
	for _, a := range one.Fields {
		for _, b := range other.Fields {
			if how == sameName && a.Name != b.Name || !composite(m.schema, a.Type.Name()) || !sameShape(m.schema, a.Type, b.Type) {
				continue
			}
			m.within(m.schema.Types[a.Type.Name()], m.schema.Types[b.Type.Name()], how)
		}
	}
}

// overlapping are the types of which objects of a type can be.
func (m *meeting) overlapping(with *ast.Definition) []*ast.Definition {
	var all []*ast.Definition
	for _, each := range m.schema.Types {
		if !each.IsCompositeType() || each.BuiltIn {
			continue
		}
		if slices.ContainsFunc(m.schema.GetPossibleTypes(each), func(object *ast.Definition) bool {
			return slices.Contains(m.schema.GetPossibleTypes(with), object)
		}) {
			all = append(all, each)
		}
	}
	return all
}
