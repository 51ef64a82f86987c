package schemadiff

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/coordinates"
)

// directives compares those that operations can have. What the language itself declares every server has.
func (c *comparison) directives() {
	for name, before := range c.before.Directives {
		after := c.after.Directives[name]
		switch {
		case !coordinates.Executable(before) || declared(before):
		case after == nil || !coordinates.Executable(after):
			c.lost("DIRECTIVE_REMOVED", coordinates.Directive(name), before.Position, "was removed")
		default:
			c.directive(before, after)
		}
	}
	for name, after := range c.after.Directives {
		if c.before.Directives[name] == nil && coordinates.Executable(after) && !declared(after) {
			c.found(Safe, "DIRECTIVE_ADDED", coordinates.Directive(name), after.Position, "is new")
		}
	}
}

// declared reports whether the language declares a directive.
func declared(d *ast.DirectiveDefinition) bool {
	return d.Position != nil && d.Position.Src != nil && d.Position.Src.BuiltIn
}

func (c *comparison) directive(before, after *ast.DirectiveDefinition) {
	at := coordinates.Directive(before.Name)
	c.described(at, before.Description, after.Description, after.Position)
	if before.IsRepeatable && !after.IsRepeatable {
		c.found(Breaking, "DIRECTIVE_REPEATABLE_REMOVED", at, after.Position, "may not be repeated any more")
	}
	if !before.IsRepeatable && after.IsRepeatable {
		c.found(Safe, "DIRECTIVE_REPEATABLE_ADDED", at, after.Position, "may be repeated")
	}
	for _, place := range before.Locations {
		if coordinates.ExecutableAt(place) && !slices.Contains(after.Locations, place) {
			c.found(Breaking, "DIRECTIVE_LOCATION_REMOVED", at, after.Position, "may not stand at "+string(place)+" any more")
		}
	}
	for _, place := range after.Locations {
		if coordinates.ExecutableAt(place) && !slices.Contains(before.Locations, place) {
			c.found(Safe, "DIRECTIVE_LOCATION_ADDED", at, after.Position, "may stand at "+string(place))
		}
	}
	c.arguments(arguments{
		of: at, kind: "DIRECTIVE_ARG", coordinate: func(name string) string { return coordinates.DirectiveArgument(before.Name, name) },
	}, before.Arguments, after.Arguments)
}
