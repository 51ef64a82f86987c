package schemadiff

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/coordinates"
)

// arguments are those of a field or directive, or the fields of an input.
type arguments struct {
	of         string // whose users miss one that is needed
	kind       string // the beginning of the names of changes
	coordinate func(name string) string
}

// input is what an argument and a field of an input have in common.
type input struct {
	name, description string
	of                *ast.Type
	otherwise         *ast.Value
	directives        ast.DirectiveList
	at                *ast.Position
}

func (i input) needed() bool { return i.of.NonNull && i.otherwise == nil }

func fromArgument(a *ast.ArgumentDefinition) input {
	return input{a.Name, a.Description, a.Type, a.DefaultValue, a.Directives, a.Position}
}

func fromField(f *ast.FieldDefinition) input {
	return input{f.Name, f.Description, f.Type, f.DefaultValue, f.Directives, f.Position}
}

func (c *comparison) arguments(all arguments, before, after ast.ArgumentDefinitionList) {
	for _, each := range before {
		now := after.ForName(each.Name)
		if now == nil {
			c.lost(all.kind+"_REMOVED", all.coordinate(each.Name), each.Position, removed(each.Directives))
			continue
		}
		c.input(all, fromArgument(each), fromArgument(now))
	}
	for _, each := range after {
		if before.ForName(each.Name) == nil {
			c.added(all, fromArgument(each))
		}
	}
}

// inputs compares the fields of an input.
func (c *comparison) inputs(before, after *ast.Definition) {
	all := arguments{
		of: before.Name, kind: "INPUT_FIELD", coordinate: func(name string) string { return coordinates.Member(before.Name, name) },
	}
	c.oneOf(before, after)
	for _, each := range before.Fields {
		now := after.Fields.ForName(each.Name)
		if now == nil {
			c.lost(all.kind+"_REMOVED", all.coordinate(each.Name), each.Position, removed(each.Directives))
			continue
		}
		c.input(all, fromField(each), fromField(now))
	}
	for _, each := range after.Fields {
		if before.Fields.ForName(each.Name) == nil {
			c.added(all, fromField(each))
		}
	}
}

func (c *comparison) oneOf(before, after *ast.Definition) {
	was, is := before.Directives.ForName("oneOf") != nil, after.Directives.ForName("oneOf") != nil
	switch {
	case is && !was:
		c.found(Breaking, "INPUT_BECAME_ONE_OF", before.Name, after.Position, "needs exactly one of its fields now")
	case was && !is:
		c.found(Safe, "INPUT_IS_NO_ONE_OF", before.Name, after.Position, "does not need exactly one of its fields any more")
	}
}

func (c *comparison) added(all arguments, i input) {
	at := all.coordinate(i.name)
	if i.needed() {
		c.found(Breaking, "REQUIRED_"+all.kind+"_ADDED", at, i.at, "is new, and must be given", all.of)
		return
	}
	c.found(Dangerous, "OPTIONAL_"+all.kind+"_ADDED", at, i.at, "is new, and need not be given", all.of)
}

// input compares two of one name.
func (c *comparison) input(all arguments, before, after input) {
	at := all.coordinate(before.name)
	c.described(at, before.description, after.description, after.at)
	c.deprecated(at, before.directives, after.directives, after.at)
	c.statements(at, before.directives, after.directives, c.after.Types[after.of.Name()], after.at)
	c.taken(all, at, before, after)
	c.otherwise(all, at, before, after)
}

// taken compares what can be given.
func (c *comparison) taken(all arguments, at string, before, after input) {
	was, is := before.of.String(), after.of.String()
	if was == is {
		return
	}
	message := "was " + was + " and is " + is
	switch {
	case accepts(before.of, after.of):
		c.found(Safe, all.kind+"_CHANGED_KIND_SAFELY", at, after.at, message)
	case after.needed() && !before.needed():
		c.found(Breaking, all.kind+"_CHANGED_KIND", at, after.at, message, at, all.of) // also who does not give it
	default:
		c.found(Breaking, all.kind+"_CHANGED_KIND", at, after.at, message)
	}
}

// otherwise compares what stands for what is not given. Where it makes something that must not be null optional, variables that
// may be null depend on it (section 5.8.5 of the specification).
func (c *comparison) otherwise(all arguments, at string, before, after input) {
	was, is := valueText(before.otherwise), valueText(after.otherwise)
	switch {
	case was == is:
	case before.of.NonNull && after.of.NonNull && is == "":
		c.found(Breaking, all.kind+"_DEFAULT_REMOVED", at, after.at, "must be given: it was "+was+" otherwise", at, all.of)
	default:
		c.found(Dangerous, all.kind+"_DEFAULT_VALUE_CHANGE", at, after.at,
			"is "+orNothing(is)+" where it is not given, and was "+orNothing(was), all.of)
	}
}

// valueText is a value, as the same text for the same value; empty if there is none.
func valueText(v *ast.Value) string {
	if v == nil {
		return ""
	}
	return canonical(v).String()
}
