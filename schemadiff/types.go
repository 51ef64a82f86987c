package schemadiff

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/coordinates"
)

// interfaces compares which interfaces a type has. One less keeps fragments from being spread there.
func (c *comparison) interfaces(before, after *ast.Definition) {
	for _, name := range before.Interfaces {
		if !slices.Contains(after.Interfaces, name) {
			c.found(Breaking, "IMPLEMENTED_INTERFACE_REMOVED", before.Name, after.Position, "is no "+name+" any more", name)
		}
	}
	for _, name := range after.Interfaces {
		if !slices.Contains(before.Interfaces, name) {
			c.joins(after, name)
		}
	}
}

// newMember notes which interfaces a new type has that clients may read already.
func (c *comparison) newMember(d *ast.Definition) {
	if d.Kind != ast.Object {
		return
	}
	for _, name := range d.Interfaces {
		if c.before.Types[name] != nil {
			c.joins(d, name)
		}
	}
}

// joins notes that a type has an interface which it did not have.
func (c *comparison) joins(d *ast.Definition, name string) {
	c.found(Dangerous, "IMPLEMENTED_INTERFACE_ADDED", d.Name, d.Position,
		"is "+name+" now: whoever reads one can get a type that was not known", name)
}

// members compares the types of a union.
func (c *comparison) members(before, after *ast.Definition) {
	for _, name := range before.Types {
		if !slices.Contains(after.Types, name) {
			c.found(Breaking, "TYPE_REMOVED_FROM_UNION", before.Name, after.Position, name+" belongs to it no longer")
		}
	}
	for _, name := range after.Types {
		if !slices.Contains(before.Types, name) {
			c.found(Dangerous, "TYPE_ADDED_TO_UNION", before.Name, after.Position,
				name+" belongs to it now: whoever reads one can get a type that was not known")
		}
	}
}

// values compares an enumeration's values. A new one is a surprise only to those who read it.
func (c *comparison) values(before, after *ast.Definition) {
	for _, value := range before.EnumValues {
		at := coordinates.Member(before.Name, value.Name)
		now := after.EnumValues.ForName(value.Name)
		if now == nil {
			c.lost("VALUE_REMOVED_FROM_ENUM", at, value.Position, "was removed")
			continue
		}
		c.described(at, value.Description, now.Description, now.Position)
		c.deprecated(at, value.Directives, now.Directives, now.Position)
	}
	for _, value := range after.EnumValues {
		if before.EnumValues.ForName(value.Name) != nil {
			continue
		}
		severity, message := Safe, "is new, and nobody reads it"
		if isRead(c.after, after.Name) {
			severity, message = Dangerous, "is new: whoever reads it can get a value that was not known"
		}
		c.found(severity, "VALUE_ADDED_TO_ENUM", coordinates.Member(before.Name, value.Name), value.Position, message, before.Name)
	}
}

// isRead reports whether any field is of a type.
func isRead(schema *ast.Schema, name string) bool {
	for _, each := range schema.Types {
		if !each.IsCompositeType() {
			continue
		}
		for _, field := range each.Fields {
			if field.Type.Name() == name {
				return true
			}
		}
	}
	return false
}

// scalar compares what a scalar says of how it is written.
func (c *comparison) scalar(before, after *ast.Definition) {
	was, is := text(before.Directives, "specifiedBy", "url"), text(after.Directives, "specifiedBy", "url")
	if was != is {
		c.found(Dangerous, "SCALAR_SPECIFICATION_CHANGED", before.Name, after.Position,
			"says that it is written as "+orNothing(is)+" says, and said "+orNothing(was))
	}
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// text is an argument of a directive, empty where there is none.
func text(directives ast.DirectiveList, name, argument string) string {
	if found := directives.ForName(name); found != nil {
		if given := found.Arguments.ForName(argument); given != nil {
			return given.Value.String()
		}
	}
	return ""
}

// hiddenTypes are those of which clients know nothing: what the arguments of directives are made of that no operation has.
func hiddenTypes(schemas ...*ast.Schema) map[string]bool {
	hidden := make(map[string]bool)
	for _, schema := range schemas {
		for _, directive := range schema.Directives {
			for _, argument := range directive.Arguments {
				if !coordinates.Executable(directive) {
					hidden[argument.Type.Name()] = true
				}
			}
		}
	}
	for _, schema := range schemas {
		for name := range known(schema) {
			delete(hidden, name)
		}
	}
	return hidden
}

// known are the types that fields, arguments and members name.
func known(schema *ast.Schema) map[string]bool {
	names := make(map[string]bool)
	arguments := func(list ast.ArgumentDefinitionList) {
		for _, argument := range list {
			names[argument.Type.Name()] = true
		}
	}
	for _, each := range schema.Types {
		for _, field := range each.Fields {
			names[field.Type.Name()] = true
			arguments(field.Arguments)
		}
		for _, member := range each.Types {
			names[member] = true
		}
	}
	for _, directive := range schema.Directives {
		if coordinates.Executable(directive) {
			arguments(directive.Arguments)
		}
	}
	return names
}
