// Package schemadiff answers what a change of the schema does to clients. Each change is breaking, dangerous or safe, as
// graphql-js (findBreakingChanges, findDangerousChanges) and GraphQL Inspector have it, and stricter where those let operations
// pass that are valid before and not after.
package schemadiff

import (
	"cmp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/coordinates"
)

// Severity is what a change does to clients at worst.
type Severity int

// A safe change does nothing to them. A dangerous one leaves their operations valid, and they can get what they did not expect. A
// breaking one makes operations invalid, or answers different from what was promised.
const (
	Safe Severity = iota
	Dangerous
	Breaking
)

// String is the severity in a word.
func (s Severity) String() string {
	return [...]string{"safe", "dangerous", "breaking"}[s]
}

// Change is one difference between two schemas.
type Change struct {
	Severity Severity
	// Kind is its name, such as FIELD_REMOVED.
	Kind string
	// Coordinate names what was changed.
	Coordinate string
	// Message says what was, in a sentence without its end.
	Message string
	// File and Line are where it stands, in the new schema where it is there. They are empty where nobody knows.
	File string
	Line int
	// Before says that this is the old schema.
	Before bool
	// Touches are the coordinates whose users the change is for.
	Touches []string
}

// Compare lists what has changed, the worst first, and then by coordinate. Schemas that are the same have no changes.
//
// What the schema states of callers, limits and costs is compared for those directives alone that the old schema declares: one
// that was downloaded from a gateway has none of them.
func Compare(before, after *ast.Schema) []Change {
	c := &comparison{before: before, after: after}
	c.roots()
	c.types()
	c.directives()
	slices.SortStableFunc(c.changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Coordinate, b.Coordinate), cmp.Compare(a.Kind, b.Kind))
	})
	return c.changes
}

// comparison gathers the changes.
type comparison struct {
	before, after *ast.Schema
	changes       []Change
	together      map[pair]freedom // what can stand under one name, once somebody asks
}

// found notes a change. It touches the users of its own coordinate, if no others are given.
func (c *comparison) found(s Severity, kind, coordinate string, at *ast.Position, message string, touches ...string) {
	if len(touches) == 0 {
		touches = []string{coordinate}
	}
	change := Change{Severity: s, Kind: kind, Coordinate: coordinate, Message: message, Touches: touches}
	if at != nil && at.Src != nil {
		change.File, change.Line = at.Src.Name, at.Line
	}
	c.changes = append(c.changes, change)
}

// lost notes that something is not there any more. It stood in the old schema.
func (c *comparison) lost(kind, coordinate string, at *ast.Position, message string, touches ...string) {
	c.found(Breaking, kind, coordinate, at, message, touches...)
	c.changes[len(c.changes)-1].Before = true
}

// roots compares what operations begin with.
func (c *comparison) roots() {
	for _, each := range []struct {
		kind          string
		before, after *ast.Definition
	}{
		{"query", c.before.Query, c.after.Query},
		{"mutation", c.before.Mutation, c.after.Mutation},
		{"subscription", c.before.Subscription, c.after.Subscription},
	} {
		switch {
		case each.before == nil && each.after == nil:
		case each.before == nil:
			c.found(Safe, "ROOT_ADDED", each.after.Name, each.after.Position, "begins "+each.kind+" operations, which are new")
		case each.after == nil:
			c.lost("ROOT_REMOVED", each.before.Name, each.before.Position,
				"began "+each.kind+" operations, of which there are none any more")
		case each.before.Name != each.after.Name:
			c.found(Breaking, "ROOT_CHANGED", each.before.Name, each.after.Position,
				"began "+each.kind+" operations, and "+each.after.Name+" does now")
		}
	}
}

// types compares all types that clients can know.
func (c *comparison) types() {
	hidden := hiddenTypes(c.before, c.after)
	for name, before := range c.before.Types {
		after := c.after.Types[name]
		switch {
		case before.BuiltIn || hidden[name]:
		case after == nil:
			c.lost("TYPE_REMOVED", name, before.Position, "was removed", c.partsOf(before)...)
		default:
			c.compareType(before, after)
		}
	}
	for name, after := range c.after.Types {
		if c.before.Types[name] == nil && !after.BuiltIn && !hidden[name] {
			c.found(Safe, "TYPE_ADDED", name, after.Position, "is new")
			c.newMember(after)
		}
	}
}

// partsOf are the coordinates of a type and of all in it.
func (c *comparison) partsOf(d *ast.Definition) []string {
	all := make([]string, 0, 1+len(d.Fields)+len(d.EnumValues))
	all = append(all, d.Name)
	for _, field := range d.Fields {
		all = append(all, coordinates.Member(d.Name, field.Name))
	}
	for _, value := range d.EnumValues {
		all = append(all, coordinates.Member(d.Name, value.Name))
	}
	return all
}

func (c *comparison) compareType(before, after *ast.Definition) {
	c.described(before.Name, before.Description, after.Description, after.Position)
	if before.Kind != after.Kind {
		c.found(Breaking, "TYPE_CHANGED_KIND", before.Name, after.Position,
			"was "+kindName(before.Kind)+" and is "+kindName(after.Kind), c.partsOf(before)...)
		return
	}
	c.statements(before.Name, before.Directives, after.Directives, after, after.Position)
	switch before.Kind {
	case ast.Object, ast.Interface:
		c.interfaces(before, after)
		c.fields(before, after)
	case ast.InputObject:
		c.inputs(before, after)
	case ast.Enum:
		c.values(before, after)
	case ast.Union:
		c.members(before, after)
	case ast.Scalar:
		c.scalar(before, after)
	}
}

func kindName(kind ast.DefinitionKind) string {
	return map[ast.DefinitionKind]string{
		ast.Object: "an object", ast.Interface: "an interface", ast.Union: "a union", ast.Enum: "an enumeration",
		ast.InputObject: "an input", ast.Scalar: "a scalar",
	}[kind]
}
