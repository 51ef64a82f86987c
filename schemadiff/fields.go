package schemadiff

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/coordinates"
)

// fields compares the fields of an object or interface.
func (c *comparison) fields(before, after *ast.Definition) {
	for _, field := range before.Fields {
		if reserved(field.Name) {
			continue
		}
		at := coordinates.Member(before.Name, field.Name)
		now := after.Fields.ForName(field.Name)
		if now == nil {
			c.lost("FIELD_REMOVED", at, field.Position, removed(field.Directives))
			continue
		}
		c.field(at, before, field, now)
	}
	for _, field := range after.Fields {
		if before.Fields.ForName(field.Name) == nil && !reserved(field.Name) {
			c.found(Safe, "FIELD_ADDED", coordinates.Member(after.Name, field.Name), field.Position, "is new", after.Name)
		}
	}
}

func (c *comparison) field(at string, of *ast.Definition, before, after *ast.FieldDefinition) {
	c.described(at, before.Description, after.Description, after.Position)
	c.deprecated(at, before.Directives, after.Directives, after.Position)
	c.statements(at, before.Directives, after.Directives, c.after.Types[after.Type.Name()], after.Position)
	c.output(at, of, before, after)
	c.arguments(arguments{
		of: at, kind: "ARG", coordinate: func(name string) string { return coordinates.Argument(of.Name, before.Name, name) },
	}, before.Arguments, after.Arguments)
}

// output compares the types of a field. What promises more than before is safe, unless it stands beside others.
func (c *comparison) output(at string, of *ast.Definition, before, after *ast.FieldDefinition) {
	was, is := before.Type.String(), after.Type.String()
	if was == is {
		return
	}
	message := "was " + was + " and is " + is
	if !promises(before.Type, after.Type) {
		c.found(Breaking, "FIELD_CHANGED_KIND", at, after.Position, message)
		return
	}
	if other := c.apart(of, before, after); other != "" {
		c.found(Breaking, "FIELD_CHANGED_KIND", at, after.Position,
			message+": it can no longer stand under the same name as "+other)
		return
	}
	c.found(Safe, "FIELD_CHANGED_KIND_SAFELY", at, after.Position, message)
}

// promises reports whether all that one type allowed to come is what clients of the other are ready for.
func promises(before, after *ast.Type) bool {
	switch {
	case before.NonNull && !after.NonNull:
		return false
	case before.Elem == nil && after.Elem == nil:
		return before.NamedType == after.NamedType
	case before.Elem == nil || after.Elem == nil:
		return false
	default:
		return promises(before.Elem, after.Elem)
	}
}

// accepts reports whether all that could be given for one type can be given for the other, by variables too.
func accepts(before, after *ast.Type) bool { return promises(after, before) }

func removed(directives ast.DirectiveList) string {
	if coordinates.Deprecated(directives) != nil {
		return "was removed, after it was deprecated"
	}
	return "was removed"
}

func reserved(name string) bool { return len(name) > 1 && name[:2] == "__" }
