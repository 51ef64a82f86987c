package coordinates

import (
	"cmp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Part is a part of a schema that operations can use.
type Part struct {
	// Coordinate names it.
	Coordinate string
	// Field tells fields of objects and interfaces from everything else.
	Field bool
	// Deprecated is why it should not be used any more, nil where nothing says so.
	Deprecated *string
}

// All are the parts of a schema, by coordinate. What the language itself declares is none, and neither are directives that no
// operation can have.
func All(schema *ast.Schema) []Part {
	var l lister
	for _, each := range schema.Types {
		if !each.BuiltIn && !reserved(each.Name) {
			l.define(each)
		}
	}
	for _, each := range schema.Directives {
		if Executable(each) {
			l.directive(each)
		}
	}
	slices.SortFunc(l.parts, func(a, b Part) int { return cmp.Compare(a.Coordinate, b.Coordinate) })
	return l.parts
}

type lister struct{ parts []Part }

func (l *lister) add(coordinate string, field bool, directives ast.DirectiveList) {
	l.parts = append(l.parts, Part{Coordinate: coordinate, Field: field, Deprecated: Deprecated(directives)})
}

func (l *lister) define(d *ast.Definition) {
	l.add(d.Name, false, nil)
	for _, field := range d.Fields {
		if reserved(field.Name) {
			continue
		}
		l.add(Member(d.Name, field.Name), d.Kind != ast.InputObject, field.Directives)
		for _, argument := range field.Arguments {
			l.add(Argument(d.Name, field.Name, argument.Name), false, argument.Directives)
		}
	}
	for _, value := range d.EnumValues {
		l.add(Member(d.Name, value.Name), false, value.Directives)
	}
}

func (l *lister) directive(d *ast.DirectiveDefinition) {
	l.add(Directive(d.Name), false, d.Directives)
	for _, argument := range d.Arguments {
		l.add(DirectiveArgument(d.Name, argument.Name), false, argument.Directives)
	}
}

// Executable reports whether operations can have a directive.
func Executable(d *ast.DirectiveDefinition) bool {
	return slices.ContainsFunc(d.Locations, ExecutableAt)
}

// ExecutableAt reports whether a location is one of operations.
func ExecutableAt(at ast.DirectiveLocation) bool {
	switch at {
	case ast.LocationQuery, ast.LocationMutation, ast.LocationSubscription, ast.LocationField, ast.LocationFragmentDefinition,
		ast.LocationFragmentSpread, ast.LocationInlineFragment, ast.LocationVariableDefinition:
		return true
	default:
		return false
	}
}

// Deprecated is why something should not be used any more, nil where its directives do not say so.
func Deprecated(directives ast.DirectiveList) *string {
	found := directives.ForName("deprecated")
	if found == nil {
		return nil
	}
	reason := "No longer supported" // the default, by section 3.13.3 of the specification
	if given := found.Arguments.ForName("reason"); given != nil && given.Value != nil {
		reason = given.Value.Raw
	}
	return &reason
}
